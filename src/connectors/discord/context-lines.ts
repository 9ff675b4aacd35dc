import { PermissionFlagsBits, Routes } from 'discord.js';
import type { Card } from '../../domain/flag.ts';
import type { Words } from '../../words/words.ts';
import { isRefused } from './api.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { escapeMarkdown, mention, quotation } from './markdown.ts';
import { placeOfLink } from './message.ts';
import type { RawMessage } from './message.ts';
import { has, permissionName } from './permissions.ts';

/** Posts shown before the flagged one and after it. */
const AROUND = 2;
const TEXT_LIMIT = 500;
const NEEDED = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

/** What was said around a post, read from Discord at this moment and kept nowhere; only for who may read it there. */
export async function contextLines(
  { rest, directory }: Pick<DeskParts, 'rest' | 'directory'>,
  inquiry: Inquiry,
  card: Card | null,
  words: Words,
): Promise<string[]> {
  const place = placeOfLink(card?.link);
  if (card === null || place === null) return [words.say('refused.noMessage')];
  const theirs = directory.rightsOf(inquiry, place.channel) ?? 0n;
  if (!has(theirs, NEEDED)) {
    return [words.say('refused.permission', { permission: permissionName(PermissionFlagsBits.ReadMessageHistory) })];
  }
  const read = async (where: 'before' | 'after'): Promise<RawMessage[]> => {
    const query = new URLSearchParams({ limit: String(AROUND), [where]: place.message });
    return (await rest.get(Routes.channelMessages(place.channel), { query })) as RawMessage[];
  };
  try {
    const [before, after] = [await read('before'), await read('after')];
    const flagged = card.text === null ? [] : [`**${mention.user(card.author)}**`, quoted(card.text)];
    return [...before.toReversed().flatMap(said), ...flagged, ...after.toReversed().flatMap(said)];
  } catch (error) {
    if (isRefused(error, 'unknownChannel', 'missingAccess', 'missingPermissions'))
      return [words.say('refused.noMessage')];
    throw error;
  }
}

function said({ author, content = '' }: RawMessage): string[] {
  return [mention.user(author?.id ?? '—'), quoted(content === '' ? '…' : content)];
}

function quoted(text: string): string {
  return quotation(escapeMarkdown(text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)}…` : text));
}
