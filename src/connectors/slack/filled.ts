import { ANSWERS, MANIFESTATIONS, TARGETS } from '../../domain/label.ts';
import type { Answer, LabelDetails } from '../../domain/label.ts';
import { fieldsOf, listOf, textOf } from './fields.ts';
import type { Fields } from './fields.ts';

/** What a person filled in, by the names of the fields. */
export class Filled {
  readonly #values = new Map<string, string[]>();

  /** `view.state.values`: blocks, and in each its fields. */
  constructor(state: Fields) {
    for (const fields of listOf(Object.values(state))) {
      for (const [name, field] of Object.entries(fields)) this.#values.set(name, valuesOf(fieldsOf(field) ?? {}));
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

function valuesOf(field: Fields): string[] {
  const given = [field['value'], fieldsOf(field['selected_option'])?.['value']];
  const chosen = [field['selected_conversation'], field['selected_user']];
  const several = listOf(field['selected_options']).map((option) => option['value']);
  return [...given, ...chosen, ...several].flatMap((each) => textOf(each) ?? []);
}
