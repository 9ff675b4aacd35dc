import { ANSWERS, MANIFESTATIONS, TARGETS } from '../../domain/label.ts';
import type { Answer, LabelDetails } from '../../domain/label.ts';

/** A field as Slack sends it back, whatever kind of field it is. */
interface Value {
  value?: string | null;
  selected_option?: { value?: string } | null;
  selected_options?: { value?: string }[];
  selected_conversation?: string | null;
  selected_user?: string | null;
}

/** What a person filled in, by the names of the fields. */
export class Filled {
  readonly #values = new Map<string, string[]>();

  constructor(state: Readonly<Record<string, Readonly<Record<string, unknown>>>>) {
    for (const fields of Object.values(state)) {
      for (const [name, field] of Object.entries(fields)) this.#values.set(name, valuesOf(field as Value));
    }
  }

  text(name: string): string | null {
    const value = this.#values.get(name)?.[0]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  get answer(): Answer | null {
    return ANSWERS.find((each) => each === this.text('answer')) ?? null;
  }

  get details(): LabelDetails {
    return {
      targets: TARGETS.filter((each) => this.all('targets').includes(each)),
      manifestations: MANIFESTATIONS.filter((each) => this.all('manifestations').includes(each)),
      note: this.text('note'),
    };
  }
}

function valuesOf({ value, selected_option, selected_options, selected_conversation, selected_user }: Value): string[] {
  const given = [value, selected_option?.value, selected_conversation, selected_user];
  const several = (selected_options ?? []).map((option) => option.value);
  return [...given, ...several].filter((each): each is string => typeof each === 'string' && each !== '');
}
