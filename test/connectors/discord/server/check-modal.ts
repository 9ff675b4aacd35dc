import { ComponentType } from 'discord.js';
import { MODAL_COMPONENTS } from './component-shapes.ts';
import { textOf } from './json.ts';
import type { Json } from './json.ts';
import { anything, list, shapeFaults, text } from './shape.ts';

const MODAL = { required: { custom_id: text(1, 100), title: text(1, 45), components: list(1, 5, anything) } };

/** What may stand at the top of a modal. Action rows in modals are deprecated. */
const TOP = new Set<unknown>([ComponentType.Label, ComponentType.TextDisplay]);

/** What Discord would refuse in a modal: developers/components/reference, "Label" and what it may hold. */
export function modalFaults(data: Json): string[] {
  const components = (data['components'] ?? []) as Json[];
  const inputs = components.flatMap(({ component }) => (component === undefined ? [] : [component as Json]));
  const ids = inputs.map(({ custom_id }) => custom_id);
  return [
    ...shapeFaults(data, MODAL, 'the modal'),
    ...components.flatMap((each) =>
      TOP.has(each['type']) ? [] : [`a component of type ${textOf(each['type'])} in a modal`],
    ),
    ...[...components, ...inputs].flatMap(componentFaults),
    ...(new Set(ids).size < ids.length ? ['a custom_id twice'] : []),
  ];
}

function componentFaults(component: Json): string[] {
  const type = textOf(component['type']);
  const shape = MODAL_COMPONENTS[Number(component['type'])];
  if (shape === undefined) return [`an input of type ${type}`];
  const options = ((component['options'] ?? []) as Json[]).length;
  return [
    ...shapeFaults(component, shape, `a component of type ${type}`),
    ...(Number(component['max_values'] ?? 0) > options ? ['more values than options'] : []),
    // Whoever has to choose chooses at least one.
    ...(component['required'] === true && component['min_values'] === 0 ? ['required, but none will do'] : []),
  ];
}
