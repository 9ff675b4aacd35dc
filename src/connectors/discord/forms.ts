import { ComponentType, TextInputStyle } from 'discord.js';
import type { APILabelComponent, APIModalInteractionResponseCallbackData, ModalSubmitComponent } from 'discord.js';
import { ANSWERS, MANIFESTATIONS, TARGETS } from '../../domain/label.ts';
import type { Answer, LabelDetails, Manifestation, Target } from '../../domain/label.ts';
import type { Words } from '../../words/words.ts';

type Form = APIModalInteractionResponseCallbackData;

const TITLE_LIMIT = 45;
const REASON_LIMIT = 400;
const NOTE_LIMIT = 1000;

/** Durations of a timeout, in minutes; Discord takes 28 days at most. */
const DURATIONS = [10, 60, 24 * 60, 7 * 24 * 60, 28 * 24 * 60] as const;

/** Answer, targets and manifestations as POLAR names them, and a note. */
export function relabelForm(custom_id: string, words: Words): Form {
  return form(custom_id, words.say('button.relabel'), [
    label(words.say('field.answer'), {
      type: ComponentType.RadioGroup,
      custom_id: 'answer',
      required: true,
      options: ANSWERS.map((value) => ({ value, label: words.say(`answer.${value}`) })),
    }),
    label(words.say('field.targets'), {
      type: ComponentType.CheckboxGroup,
      custom_id: 'targets',
      required: false,
      min_values: 0,
      options: TARGETS.map((value) => ({ value, label: words.say(`target.${value}`) })),
    }),
    label(words.say('field.manifestations'), {
      type: ComponentType.CheckboxGroup,
      custom_id: 'manifestations',
      required: false,
      min_values: 0,
      options: MANIFESTATIONS.map((value) => ({ value, label: words.say(`manifestation.${value}`) })),
    }),
    paragraph('note', words.say('field.note'), { limit: NOTE_LIMIT }),
  ]);
}

/** A question for a reason, with a title. */
export function reasonForm(
  custom_id: string,
  title: string,
  words: Words,
  { required = false, field = words.say('field.reason') }: { required?: boolean; field?: string } = {},
): Form {
  return form(custom_id, title, [paragraph('reason', field, { limit: REASON_LIMIT, required })]);
}

export function timeoutForm(custom_id: string, words: Words): Form {
  const unit = (minutes: number): string => {
    const [value, name] =
      minutes < 60 ? [minutes, 'minute'] : minutes < 1440 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
    return new Intl.NumberFormat(words.language, { style: 'unit', unit: name, unitDisplay: 'long' }).format(value);
  };
  return form(custom_id, words.say('button.timeout'), [
    label(words.say('field.duration'), {
      type: ComponentType.RadioGroup,
      custom_id: 'minutes',
      required: true,
      options: DURATIONS.map((minutes) => ({ value: String(minutes), label: unit(minutes) })),
    }),
    paragraph('reason', words.say('field.reason'), { limit: REASON_LIMIT, required: true }),
  ]);
}

/** What a person filled in: text and radio inputs as a value, groups as values. */
export class Filled {
  readonly #values = new Map<string, string[]>();

  constructor(components: readonly unknown[]) {
    for (const component of components as { component?: ModalSubmitComponent; components?: ModalSubmitComponent[] }[]) {
      for (const input of component.component === undefined ? (component.components ?? []) : [component.component]) {
        const { custom_id, value, values } = input as { custom_id: string; value?: unknown; values?: string[] };
        this.#values.set(custom_id, values ?? (typeof value === 'string' && value !== '' ? [value] : []));
      }
    }
  }

  text(name: string): string | null {
    const value = this.#values.get(name)?.[0]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  get minutes(): number | null {
    return DURATIONS.find((minutes) => String(minutes) === this.text('minutes')) ?? null;
  }

  get answer(): Answer | null {
    return ANSWERS.find((each) => each === this.text('answer')) ?? null;
  }

  get details(): LabelDetails {
    const chosen = (name: string): string[] => this.#values.get(name) ?? [];
    return {
      targets: TARGETS.filter((each: Target) => chosen('targets').includes(each)),
      manifestations: MANIFESTATIONS.filter((each: Manifestation) => chosen('manifestations').includes(each)),
      note: this.text('note'),
    };
  }
}

function form(custom_id: string, title: string, components: APILabelComponent[]): Form {
  return { custom_id, title: cut(title), components };
}

function label(text: string, component: APILabelComponent['component']): APILabelComponent {
  return { type: ComponentType.Label, label: cut(text), component };
}

function paragraph(
  custom_id: string,
  text: string,
  { limit, required = false }: { limit: number; required?: boolean },
): APILabelComponent {
  const style = TextInputStyle.Paragraph;
  return label(text, { type: ComponentType.TextInput, custom_id, style, required, max_length: limit });
}

function cut(text: string): string {
  return text.length <= TITLE_LIMIT ? text : `${text.slice(0, TITLE_LIMIT - 1)}…`;
}
