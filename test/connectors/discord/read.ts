import type { APIMessage } from 'discord.js';

interface Part {
  content?: string;
  label?: string;
  custom_id?: string;
  components?: Part[];
  accessory?: Part;
}

/** Every part of a message of components, from the outside in. */
export function partsOf(components: unknown): Part[] {
  return ((components ?? []) as Part[]).flatMap((part) => [
    part,
    ...partsOf(part.components),
    ...(part.accessory === undefined ? [] : [part.accessory]),
  ]);
}

/** What a person reads of a message: its texts and labels, markup undone. */
export function wordsOf(message: { components?: unknown; content?: unknown; embeds?: unknown }): string {
  const parts = partsOf(message.components).flatMap(({ content, label }) => content ?? label ?? []);
  const embeds = ((message.embeds ?? []) as { description?: string }[]).map(({ description }) => description ?? '');
  return [...(typeof message.content === 'string' ? [message.content] : []), ...embeds, ...parts]
    .join('\n')
    .replaceAll(/\\([^\p{L}\p{N}\s])/gu, '$1')
    .replaceAll(/[\u2066-\u2069]/g, '');
}

/** The custom id of the one button with these words or this action. */
export function buttonOf(message: { components?: unknown }, wanted: string): string {
  const found = partsOf(message.components).find(
    ({ label, custom_id }) => custom_id !== undefined && (label === wanted || custom_id.split(':')[1] === wanted),
  );
  if (found === undefined) throw new Error(`There is no ${wanted} on: ${wordsOf(message)}`);
  return found.custom_id!;
}

export function hasButton(message: { components?: unknown }, action: string): boolean {
  return partsOf(message.components).some(({ custom_id }) => custom_id?.split(':')[1] === action);
}

/** The bot's own messages of a channel, oldest first. */
export function cardsIn(channel: { messages: ReadonlyMap<string, APIMessage> }): APIMessage[] {
  return [...channel.messages.values()].filter(({ author }) => author.bot === true);
}
