import type { FlagAction } from '../connectors/moderation.ts';
import type { Card } from '../domain/flag.ts';
import type { CommunityAddress } from '../domain/message.ts';
import type { Queues } from '../queue/queues.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { recordAudit } from '../store/audit.ts';
import type { AuditEntry } from '../store/audit.ts';
import { findCards } from '../store/cards.ts';
import type { CardFilter } from '../store/cards.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { countChange, lockFlag } from '../store/flags.ts';
import type { Seal, SealedRow } from '../store/seal.ts';
import { storable } from '../store/statement.ts';
import type { Handle } from '../store/statement.ts';
import { enqueueCards } from './flag.ts';

/** Of a note, a reason or a statement, in UTF-16 units: what a text field of a platform holds. */
const WORDS_LIMIT = 4000;

export interface ActionParts {
  database: Database;
  queues: Queues;
  seal: Seal;
}

/** A flag under a lock that holds others back, as its card shows it. */
export interface LockedFlag {
  tx: Handle;
  card: Card;
  communityId: number;
  /** Who acts, as it can be stored. */
  who: string;
  /** What words about this revision are sealed for. */
  binding: SealedRow;
}

/** What an action changed, for the audit log. */
export interface Change extends Pick<AuditEntry, 'what' | 'details'> {
  /** Whether a card that the channel's cap held back is shown from now on. */
  release?: true;
  /** False where the card shows nothing of it. */
  redraw?: false;
}

/**
 * Acts on a flag: its change, the audit row and the job that redraws its card commit together. `act` answers null where
 * there is nothing to change. Resolves to the card as it then is; null where the community has no such flag.
 */
export async function onFlag(
  { database, queues, seal }: ActionParts,
  { community, flag: given, moderator }: FlagAction,
  act: (locked: LockedFlag) => Promise<Change | null>,
): Promise<Card | null> {
  const communityId = await findCommunity(database.handle, community);
  const range = uuidRange(given);
  if (communityId === null || range === null || range[0] !== range[1]) return null;
  const [flag] = range;
  const who = storable(moderator);
  return database.transaction(async (tx) => {
    const found = await lockFlag(tx, communityId, flag);
    if (found === null) return null;
    const card = await firstCard(tx, seal, { communityId, flags: [flag] });
    if (card === null) return null;
    const binding = { channel: found.channel, message: card.message.message, revision: found.revision };
    const change = await act({ tx, card, communityId, who, binding });
    if (change === null) return card;
    await recordAudit(tx, { communityId, who, what: change.what, details: { flag, ...change.details } });
    if (change.redraw !== false) {
      await countChange(tx, flag, { release: change.release });
      await enqueueCards(tx, queues, [{ flag, platform: community.platform }]);
    }
    return firstCard(tx, seal, { communityId, flags: [flag] });
  });
}

/** The one card that a filter finds; null where it finds none, or more than one. */
export async function firstCard(handle: Handle, seal: Seal, filter: CardFilter): Promise<Card | null> {
  const cards = await findCards(handle, seal, filter, { limit: 2 });
  return cards.length === 1 ? cards[0]!.card : null;
}

/** One flag by its id or a prefix; null where there is none, or more than one. */
export async function findCase(
  { database, seal }: Pick<ActionParts, 'database' | 'seal'>,
  community: CommunityAddress,
  flag: string,
): Promise<Card | null> {
  const communityId = await findCommunity(database.handle, community);
  const range = uuidRange(flag);
  if (communityId === null || range === null) return null;
  return firstCard(database.handle, seal, { communityId, range });
}

/** What a person wrote beside an action, trimmed; null where it is empty. Throws `input` where it is too long. */
export function checkedWords(what: string, words: string | null): string | null {
  const trimmed = words?.trim() ?? '';
  if (trimmed.length > WORDS_LIMIT) {
    throw new EvenkeelError('input', `The ${what} has ${trimmed.length} characters`, {
      hint: `Write ${WORDS_LIMIT} at most.`,
    });
  }
  return trimmed === '' ? null : trimmed;
}

/** The first and the last UUID that begin so; null where it is no prefix of a UUID with 6 characters or more. */
function uuidRange(prefix: string): [first: string, last: string] | null {
  const digits = prefix.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{6,32}$/.test(digits)) return null;
  const uuidOf = (filler: string): string =>
    digits.padEnd(32, filler).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return [uuidOf('0'), uuidOf('f')];
}
