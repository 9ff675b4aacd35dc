import { ComponentType } from 'discord.js';
import { textOf } from './json.ts';
import type { Json } from './json.ts';

/** What Discord would refuse in a modal: developers/components/reference, "Label" and what it may hold. */
export function modalFaults(data: Json): string[] {
  const components = (data['components'] ?? []) as Json[];
  const faults: string[] = [];
  if (!between(data['title'], 1, 45)) faults.push('a title that is not 1 to 45 characters');
  if (!between(data['custom_id'], 1, 100)) faults.push('a custom_id that is not 1 to 100 characters');
  if (components.length < 1 || components.length > 5) faults.push(`${components.length} components in a modal`);
  for (const component of components) {
    if (component['type'] === ComponentType.TextDisplay) continue;
    if (component['type'] !== ComponentType.Label)
      faults.push(`a component of type ${textOf(component['type'])} in a modal`);
    else faults.push(...labelFaults(component));
  }
  return faults;
}

function labelFaults(label: Json): string[] {
  const input = (label['component'] ?? {}) as Json;
  const options = (input['options'] ?? []) as Json[];
  const faults: string[] = [];
  if (!between(label['label'], 1, 45)) faults.push('a label that is not 1 to 45 characters');
  if (!between(label['description'] ?? '', 0, 100)) faults.push('a description over 100 characters');
  if (!between(input['custom_id'], 1, 100)) faults.push('an input without a custom_id');
  switch (input['type']) {
    case ComponentType.TextInput:
      if (!between(input['placeholder'] ?? '', 0, 100)) faults.push('a placeholder over 100 characters');
      if (Number(input['max_length'] ?? 4000) > 4000) faults.push('a text input over 4000 characters');
      if (input['label'] !== undefined) faults.push('a text input with a label of its own');
      break;
    case ComponentType.RadioGroup:
      if (options.length < 2 || options.length > 10) faults.push(`a radio group of ${options.length}`);
      break;
    case ComponentType.CheckboxGroup:
      if (options.length < 1 || options.length > 10) faults.push(`a checkbox group of ${options.length}`);
      if (Number(input['max_values'] ?? options.length) > options.length) faults.push('more values than options');
      break;
    case ComponentType.StringSelect:
      if (options.length < 1 || options.length > 25) faults.push(`a select of ${options.length}`);
      break;
    case ComponentType.ChannelSelect:
      break;
    default:
      faults.push(`an input of type ${textOf(input['type'])}`);
  }
  for (const option of options) {
    const wrong = !between(option['label'], 1, 100) || !between(option['value'], 1, 100);
    if (wrong || !between(option['description'] ?? '', 0, 100)) faults.push('a bad option');
  }
  return faults;
}

function between(value: unknown, least: number, most: number): boolean {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}
