import type { Finding } from '../domain/finding.ts';
import type { Card } from '../domain/flag.ts';
import type { ChannelAddress } from '../domain/message.ts';
import type { Words } from '../words/words.ts';
import type { Root } from './command-spec.ts';
import type { Moderation, QueueFilter } from './moderation.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** How a platform shows ids and others' words in a line of text. */
export interface Naming {
  user(id: string): string;
  channel(id: string): string;
  role(id: string): string;
  /** Someone's own words, so that they stay words. */
  words(text: string): string;
}

/** Who asks, and where. What they may do is checked before. */
export interface Asker {
  who: string;
  here: ChannelAddress;
  words: Words;
  names: Naming;
  /** Roots that they may use: help names no others. */
  roots: readonly Root[];
  /** What only the platform knows, for `doctor`. */
  examine: () => Promise<Finding[]>;
  /** Where a link to a post of this platform leads; null for any other. */
  addressOf: (link: string) => { channel: string; message: string } | null;
}

/** What a command comes to. How it looks, and what buttons it has, is the platform's own. */
export type Answer =
  | { kind: 'lines'; lines: string[] }
  /** One of those that wait, and how many came before; null where none waits. */
  | { kind: 'queue'; filter: QueueFilter; at: number; card: Card | null; waiting: number }
  | { kind: 'card'; card: Card }
  | { kind: 'file'; lines: string[]; name: string; pieces: AsyncIterable<string> }
  /** To be confirmed before it happens. */
  | { kind: 'forget'; lines: string[] }
  | { kind: 'threshold'; lines: string[]; value: number; channel: string | null }
  | { kind: 'setup' };

/** A flag by the beginning of its id, or by a link to its post. */
export async function findCard(moderation: Moderation, asker: Asker, given: string): Promise<Card | null> {
  const { platform, community } = asker.here;
  if (!given.includes('/')) return moderation.case({ platform, community }, given);
  const place = asker.addressOf(given);
  if (place === null) return null;
  return (await moderation.find({ platform, community, ...place }))?.card ?? null;
}

export function lines(...said: string[]): Extract<Answer, { kind: 'lines' }> {
  return { kind: 'lines', lines: said };
}

export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS);
}
