import { createHash } from 'node:crypto';
import { AGENDA_POSTS, mixAgenda } from '../domain/agenda.ts';
import type { Card } from '../domain/flag.ts';
import type { CommunityAddress } from '../domain/message.ts';
import { countAnswered, findCandidates } from '../store/agenda.ts';
import { findCards } from '../store/cards.ts';
import { findCommunity } from '../store/channels.ts';
import { storable } from '../store/statement.ts';
import type { ActionParts } from './flag-action.ts';

const MOST = 100;

/**
 * What a moderator is asked today, of a language or of all: posts on which others differ, of which the model is unsure,
 * that chance drew, that wait, and now and then one whose answer is known. Without a limit it is what is left of
 * `AGENDA_POSTS` after the answers of the day (UTC). It stays the same while nothing changes.
 */
export async function agenda(
  { database, seal }: Pick<ActionParts, 'database' | 'seal'>,
  community: CommunityAddress,
  given: string,
  { language: asked, limit }: { language?: string; limit?: number },
  now: Date = new Date(),
): Promise<Card[]> {
  const { handle } = database;
  const communityId = await findCommunity(handle, community);
  if (communityId === null) return [];
  const moderator = storable(given);
  const language = asked && storable(asked);
  const day = now.toISOString().slice(0, 10);
  const since = new Date(`${day}T00:00:00Z`);
  const wanted =
    limit ?? Math.max(0, AGENDA_POSTS - (await countAnswered(handle, communityId, { moderator, language, since })));
  const room = Math.max(0, Math.min(MOST, Math.floor(wanted)));
  if (room === 0) return [];
  const seed = `${day}/${moderator}`;
  const candidates = await findCandidates(handle, communityId, { moderator, language, limit: room, seed });
  const chance = createHash('sha256').update(`${communityId}/${seed}`).digest().readUInt32BE(0) / 2 ** 32;
  const mixed = mixAgenda(candidates, room, chance);
  if (mixed.length === 0) return [];
  const stored = await findCards(handle, seal, { communityId, flags: mixed.map(({ flag }) => flag) });
  const cards = new Map(stored.map(({ card }) => [card.flag, card]));
  return mixed.flatMap(({ flag, reason }) => {
    const card = cards.get(flag);
    return card === undefined ? [] : [reason === 'known' ? unanswered(card) : card];
  });
}

/** A card as it was before anyone answered, without what the model said: what is known must not show. */
function unanswered(card: Card): Card {
  const hidden = { labels: [], reports: [], escalation: null, appeal: null };
  return { ...card, ...hidden, state: 'open', decision: 'undecided', origin: 'audit', blind: true };
}
