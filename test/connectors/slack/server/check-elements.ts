import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';

/** Where an element stands. */
export type Place = 'actions' | 'accessory' | 'input';

interface TextLimits {
  most: number;
  least?: number;
  plain?: boolean;
}

const ACTION_ID = 255;
const VALUE = 2000;
const BUTTON_TEXT = 75;

const SELECTS = ['users_select', 'conversations_select', 'channels_select'];
const MULTI = SELECTS.map((each) => `multi_${each}`);
const PICKERS = ['datepicker', 'timepicker', 'datetimepicker'];
const TYPED = ['plain_text_input', 'number_input', 'email_text_input', 'url_text_input'];

const CHOICES = [
  'static_select',
  'external_select',
  'multi_static_select',
  'multi_external_select',
  ...SELECTS,
  ...MULTI,
];
const EVERYWHERE = [...CHOICES, ...PICKERS, 'radio_buttons', 'checkboxes'];

/** Elements that a place takes: reference/block-kit/block-elements. */
const ALLOWED: Record<Place, ReadonlySet<string>> = {
  actions: new Set([...EVERYWHERE, 'button', 'overflow', 'workflow_button']),
  accessory: new Set([...EVERYWHERE, 'button', 'overflow', 'image']),
  input: new Set([...EVERYWHERE, ...TYPED, 'rich_text_input', 'file_input']),
};

/** How many options each may have. */
const MOST_OPTIONS: Record<string, number> = {
  static_select: 100,
  multi_static_select: 100,
  overflow: 5,
  radio_buttons: 10,
  checkboxes: 10,
};

export function elementFaults(element: Json, where: string, place: Place): string[] {
  const type = textOf(element['type']);
  if (!ALLOWED[place].has(type)) return [`${where} of the type ${type} is not for ${place}`];
  const { action_id: id } = element;
  return [
    ...(id !== undefined && (typeof id !== 'string' || id === '' || id.length > ACTION_ID)
      ? [`${where}/action_id is not 1 to 255 long`]
      : []),
    ...(type === 'button' ? buttonFaults(element, where) : []),
    ...(type === 'image' && textOf(element['alt_text']) === '' ? [`${where} has no alt_text`] : []),
    ...(TYPED.includes(type) ? typedFaults(element, where) : []),
    ...optionalText(element['placeholder'], `${where}/placeholder`, { most: 150, plain: true }),
    ...confirmFaults(element['confirm'], `${where}/confirm`),
    ...(type in MOST_OPTIONS ? optionsFaults(element, type, where) : []),
  ];
}

function buttonFaults(button: Json, where: string): string[] {
  const { url, value, style, accessibility_label: label } = button;
  return [
    ...textFaults(button['text'], `${where}/text`, { most: BUTTON_TEXT, least: 1, plain: true }),
    ...(url !== undefined && (typeof url !== 'string' || url.length > 3000 || !URL.canParse(url))
      ? [`${where}/url`]
      : []),
    ...(value !== undefined && (typeof value !== 'string' || value.length > VALUE)
      ? [`${where}/value is too long`]
      : []),
    ...(style === undefined || style === 'primary' || style === 'danger' ? [] : [`${where}/style`]),
    ...(label !== undefined && textOf(label).length > 75 ? [`${where}/accessibility_label is too long`] : []),
  ];
}

function typedFaults(input: Json, where: string): string[] {
  const { type, max_length: most, min_length: least, initial_value: initial, is_decimal_allowed: decimal } = input;
  const length = (value: unknown): boolean => value === undefined || (Number(value) >= 0 && Number(value) <= 3000);
  return [
    ...(length(most) && length(least) ? [] : [`${where} has a length over 3000`]),
    ...(initial === undefined || typeof initial === 'string' ? [] : [`${where}/initial_value is no text`]),
    ...(typeof initial === 'string' && initial.length > Number(most ?? 3000)
      ? [`${where}/initial_value is too long`]
      : []),
    ...(type === 'number_input' && typeof decimal !== 'boolean' ? [`${where}/is_decimal_allowed is missing`] : []),
  ];
}

function optionsFaults(element: Json, type: string, where: string): string[] {
  const groups = element['option_groups'] as Json[] | undefined;
  const lists = groups === undefined ? [element['options']] : groups.map(({ options }) => options);
  const most = MOST_OPTIONS[type]!;
  const faults = groups !== undefined && groups.length > 100 ? [`${where} has ${groups.length} groups of 100`] : [];
  const values: string[] = [];
  for (const options of lists) {
    if (!Array.isArray(options) || options.length < 1 || options.length > most) {
      faults.push(`${where} has not 1 to ${most} options`);
      continue;
    }
    for (const [at, option] of (options as Json[]).entries()) {
      faults.push(...optionFaults(option, `${where}/options/${at}`, type));
      values.push(textOf(option['value']));
    }
  }
  if (new Set(values).size < values.length) faults.push(`${where} has an option twice`);
  for (const initial of [element['initial_option'], ...((element['initial_options'] ?? []) as Json[])] as (
    | Json
    | undefined
  )[]) {
    if (initial !== undefined && !values.includes(textOf(initial['value'])))
      faults.push(`${where} begins with an option that it does not have`);
  }
  const { initial_options: first } = element;
  if (Array.isArray(first) && first.length === 0) faults.push(`${where}/initial_options is empty`);
  return faults;
}

function optionFaults(option: Json, where: string, type: string): string[] {
  const value = textOf(option['value']);
  return [
    ...textFaults(option['text'], `${where}/text`, { most: 75, least: 1, plain: !/^(?:radio|check)/.test(type) }),
    ...(value === '' || value.length > 150 ? [`${where}/value is not 1 to 150 long`] : []),
    ...optionalText(option['description'], `${where}/description`, { most: 75, plain: false }),
  ];
}

function confirmFaults(confirm: unknown, where: string): string[] {
  if (confirm === undefined) return [];
  const { title, text, confirm: yes, deny } = confirm as Json;
  return [
    ...textFaults(title, `${where}/title`, { most: 100, least: 1, plain: true }),
    ...textFaults(text, `${where}/text`, { most: 300, least: 1 }),
    ...textFaults(yes, `${where}/confirm`, { most: 30, least: 1, plain: true }),
    ...textFaults(deny, `${where}/deny`, { most: 30, least: 1, plain: true }),
  ];
}

export function optionalText(text: unknown, where: string, limits: TextLimits): string[] {
  return text === undefined ? [] : textFaults(text, where, { least: 1, ...limits });
}

export function textFaults(text: unknown, where: string, { most, least = 0, plain = false }: TextLimits): string[] {
  if (typeof text !== 'object' || text === null) return [`${where} is no text object`];
  const { type, text: words, emoji, verbatim } = text as Json;
  if (type !== 'plain_text' && (plain || type !== 'mrkdwn')) return [`${where} is of the type ${textOf(type)}`];
  return [
    ...(typeof words === 'string' ? [] : [`${where} has no text`]),
    ...(typeof words === 'string' && words.length > most ? [`${where} is longer than ${most}`] : []),
    ...(typeof words === 'string' && words.length < least ? [`${where} is empty`] : []),
    ...(emoji !== undefined && type !== 'plain_text' ? [`${where}/emoji is for plain text`] : []),
    ...(verbatim !== undefined && type !== 'mrkdwn' ? [`${where}/verbatim is for mrkdwn`] : []),
  ];
}
