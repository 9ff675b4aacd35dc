import { ButtonStyle, ComponentType, MessageFlags } from 'discord.js';
import { textOf } from './json.ts';
import type { Json } from './json.ts';

/** What Discord would refuse in a message that a bot sends, and what we never want in one (a mention that pings). */
export function messageFaults(body: Json, { edits = false }: { edits?: boolean } = {}): string[] {
  const flags = Number(body['flags'] ?? 0);
  const components = (body['components'] ?? []) as Json[];
  const faults: string[] = [];
  if ((flags & MessageFlags.IsComponentsV2) !== 0) {
    for (const field of ['content', 'embeds', 'poll', 'stickers']) {
      if (body[field] !== undefined && body[field] !== null) faults.push(`${field} beside IS_COMPONENTS_V2`);
    }
    if (components.length === 0) faults.push('IS_COMPONENTS_V2 without components');
  } else if (!edits) {
    if (textOf(body['content']) === '') faults.push('an empty message');
  }
  if (textOf(body['content']).length > 2000) faults.push('content over 2000 characters');
  const parse = (body['allowed_mentions'] as { parse?: string[] } | undefined)?.parse;
  if (parse === undefined) faults.push('no allowed_mentions: the message could ping');
  else if (parse.length > 0) faults.push(`allowed_mentions parses ${parse.join(', ')}`);
  if (body['nonce'] !== undefined && textOf(body['nonce']).length > 25) faults.push('nonce over 25 characters');
  return [...faults, ...componentFaults(components, (flags & MessageFlags.IsComponentsV2) !== 0)];
}

/** Limits of components in messages: developers/components/reference. */
function componentFaults(top: readonly Json[], v2: boolean): string[] {
  const all = top.flatMap(withChildren);
  const faults: string[] = [];
  if (all.length > 40) faults.push(`${all.length} components, 40 are allowed`);
  if (!v2 && top.length > 5) faults.push(`${top.length} rows, 5 are allowed`);
  const texts = all.filter(({ type }) => type === ComponentType.TextDisplay).map(({ content }) => textOf(content));
  if (texts.some((content) => content === '')) faults.push('an empty text display');
  if (texts.join('').length > 4000) faults.push('text displays over 4000 characters in all');
  for (const component of all) faults.push(...faultsOf(component));
  const ids = all.flatMap(({ custom_id }) => (typeof custom_id === 'string' ? [custom_id] : []));
  if (new Set(ids).size < ids.length) faults.push('a custom_id twice');
  return faults;
}

function withChildren(component: Json): Json[] {
  const children = [
    ...((component['components'] ?? []) as Json[]),
    ...(component['accessory'] === undefined ? [] : [component['accessory'] as Json]),
  ];
  return [component, ...children.flatMap(withChildren)];
}

function faultsOf(component: Json): string[] {
  const { type } = component;
  const children = (component['components'] ?? []) as Json[];
  switch (type) {
    case ComponentType.ActionRow:
      if (children.length < 1 || children.length > 5) return [`a row of ${children.length}`];
      return children.length > 1 && children.some((each) => each['type'] !== ComponentType.Button)
        ? ['a mixed row']
        : [];
    case ComponentType.Button:
      return buttonFaults(component);
    case ComponentType.Section:
      return children.length < 1 || children.length > 3 || component['accessory'] === undefined
        ? ['a bad section']
        : [];
    case ComponentType.StringSelect:
      return [...idFaults(component), ...selectFaults(component)];
    case ComponentType.ChannelSelect:
    case ComponentType.RoleSelect:
    case ComponentType.UserSelect:
      return idFaults(component);
    case ComponentType.Container:
    case ComponentType.TextDisplay:
    case ComponentType.Separator:
      return [];
    default:
      return [`a component of type ${textOf(type)}`];
  }
}

function buttonFaults(button: Json): string[] {
  const isLink = button['style'] === ButtonStyle.Link;
  const faults = isLink ? [] : idFaults(button);
  if (isLink && !/^https:\/\/\S{1,505}$/.test(textOf(button['url'])))
    faults.push('a link button without an https address');
  if (isLink && button['custom_id'] !== undefined) faults.push('a link button with a custom_id');
  if (button['label'] === undefined && button['emoji'] === undefined) faults.push('a button without a label');
  if (textOf(button['label']).length > 80) faults.push('a label over 80 characters');
  return faults;
}

function selectFaults(select: Json): string[] {
  const options = (select['options'] ?? []) as Json[];
  const faults = options.length < 1 || options.length > 25 ? [`a select of ${options.length} options`] : [];
  for (const { label, value, description } of options) {
    if (textOf(label) === '' || [label, value, description].some((each) => textOf(each).length > 100))
      faults.push('a bad select option');
  }
  if (textOf(select['placeholder']).length > 150) faults.push('a placeholder over 150 characters');
  return faults;
}

function idFaults({ custom_id, type }: Json): string[] {
  const length = textOf(custom_id).length;
  return length < 1 || length > 100
    ? [`a custom_id of ${length} characters on a component of type ${textOf(type)}`]
    : [];
}
