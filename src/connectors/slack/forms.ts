import type { types } from '@slack/bolt';
import { ANSWERS, MANIFESTATIONS, TARGETS } from '../../domain/label.ts';
import type { Words } from '../../words/words.ts';
import type { Action } from '../custom-id.ts';
import { LIMITS, plain } from './blocks.ts';
import { modal } from './views.ts';
import type { FormPlace } from './views.ts';

const REASON_LIMIT = 400;
const NOTE_LIMIT = 1000;

export interface Choice {
  value: string;
  text: string;
}

/** Answer, targets and manifestations as POLAR names them, and a note. */
export function relabelForm(action: 'relabel' | 'relabel-post', place: FormPlace, words: Words): types.ModalView {
  const answers = ANSWERS.map((value) => ({ value, text: words.say(`answer.${value}`) }));
  const targets = TARGETS.map((value) => ({ value, text: words.say(`target.${value}`) }));
  const manifestations = MANIFESTATIONS.map((value) => ({ value, text: words.say(`manifestation.${value}`) }));
  return form(action, words.say('button.relabel'), place, words, [
    input('answer', words.say('field.answer'), radio(answers)),
    input('targets', words.say('field.targets'), checkboxes(targets), { optional: true }),
    input('manifestations', words.say('field.manifestations'), checkboxes(manifestations), { optional: true }),
    paragraph('note', words.say('field.note'), NOTE_LIMIT, { optional: true }),
  ]);
}

/** A question for a reason, with a title and what stands above it. */
export function reasonForm(
  action: Action,
  title: string,
  place: FormPlace,
  words: Words,
  options: { required?: boolean; field?: string; limit?: number; above?: types.KnownBlock[] } = {},
): types.ModalView {
  const { required = false, field = words.say('field.reason'), limit = REASON_LIMIT, above = [] } = options;
  return form(action, title, place, words, [...above, paragraph('reason', field, limit, { optional: !required })]);
}

export function form(
  action: Action,
  title: string,
  place: FormPlace,
  words: Words,
  blocks: types.KnownBlock[],
  submit = words.say('button.save'),
): types.ModalView {
  return modal(title, blocks, words, { action, place, submit });
}

/** A field: its block and its element have the same name. */
export function input(
  name: string,
  label: string,
  element: types.InputBlockElement,
  { optional = false }: { optional?: boolean } = {},
): types.InputBlock {
  const named = { ...element, action_id: name } as types.InputBlockElement;
  return { type: 'input', block_id: name, label: plain(label, LIMITS.label), element: named, optional };
}

function paragraph(name: string, label: string, limit: number, options: { optional?: boolean } = {}): types.InputBlock {
  return input(name, label, { type: 'plain_text_input', multiline: true, max_length: limit }, options);
}

export function radio(choices: readonly Choice[], initial?: string): types.InputBlockElement {
  return chosen({ type: 'radio_buttons', options: optionsOf(choices) }, choices, initial);
}

export function select(choices: readonly Choice[], initial?: string): types.InputBlockElement {
  return chosen({ type: 'static_select', options: optionsOf(choices) }, choices, initial);
}

export function checkboxes(choices: readonly Choice[]): types.InputBlockElement {
  return { type: 'checkboxes', options: optionsOf(choices) };
}

function chosen<Element extends object>(element: Element, choices: readonly Choice[], initial?: string): Element {
  const [first] = optionsOf(choices.filter(({ value }) => value === initial));
  return first === undefined ? element : { ...element, initial_option: first };
}

function optionsOf(choices: readonly Choice[]) {
  return choices.slice(0, LIMITS.options).map(({ value, text }) => ({ text: plain(text, LIMITS.optionText), value }));
}
