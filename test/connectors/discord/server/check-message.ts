import { ButtonStyle, ComponentType, MessageFlags } from 'discord.js';
import { MESSAGE_BODIES, MESSAGE_COMPONENTS } from './component-shapes.ts';
import { textOf } from './json.ts';
import type { Json } from './json.ts';
import { shapeFaults } from './shape.ts';

/** What Discord would refuse in a message that a bot sends, and what we never want in one (a mention that pings). */
export function messageFaults(
  body: Json,
  { edits = false, as }: { edits?: boolean; as: keyof typeof MESSAGE_BODIES },
): string[] {
  const flags = Number(body['flags'] ?? 0);
  const components = (body['components'] ?? []) as Json[];
  const faults = shapeFaults(body, MESSAGE_BODIES[as], 'the message');
  if ((flags & MessageFlags.IsComponentsV2) !== 0) {
    for (const field of ['content', 'embeds', 'poll', 'stickers']) {
      if (body[field] !== undefined && body[field] !== null) faults.push(`${field} beside IS_COMPONENTS_V2`);
    }
    if (components.length === 0) faults.push('IS_COMPONENTS_V2 without components');
  } else if (!edits) {
    const embeds = (body['embeds'] ?? []) as Json[];
    if (textOf(body['content']) === '' && embeds.length === 0) faults.push('an empty message');
  }
  const parse = (body['allowed_mentions'] as { parse?: string[] } | undefined)?.parse;
  if (parse === undefined) faults.push('no allowed_mentions: the message could ping');
  else if (parse.length > 0) faults.push(`allowed_mentions parses ${parse.join(', ')}`);
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
  const shape = MESSAGE_COMPONENTS[Number(type)];
  if (shape === undefined) return [`a component of type ${textOf(type)}`];
  return [...shapeFaults(component, shape, `a component of type ${textOf(type)}`), ...ruleFaults(component)];
}

/** What no single field tells. */
function ruleFaults(component: Json): string[] {
  const { type } = component;
  const children = (component['components'] ?? []) as Json[];
  switch (type) {
    case ComponentType.ActionRow:
      return children.length > 1 && children.some((each) => each['type'] !== ComponentType.Button)
        ? ['a mixed row']
        : [];
    case ComponentType.Button:
      return buttonFaults(component);
    default:
      return [];
  }
}

function buttonFaults({ style, url, custom_id, label, emoji }: Json): string[] {
  const isLink = style === ButtonStyle.Link;
  const faults = isLink === (custom_id === undefined) ? [] : ['a button with neither or both of an id and an address'];
  if (isLink && !/^https:\/\/\S+$/.test(textOf(url))) faults.push('a link button without an https address');
  if (!isLink && url !== undefined) faults.push('an address on a button that is no link');
  if (label === undefined && emoji === undefined) faults.push('a button without a label');
  return faults;
}
