import type { QueueFilter, Review } from '../connectors/moderation.ts';
import type { Card } from '../domain/flag.ts';
import type { CommunityAddress, MessageAddress } from '../domain/message.ts';
import type { Explain, Verdict } from '../domain/verdict.ts';
import { findCards } from '../store/cards.ts';
import { findCommunity } from '../store/channels.ts';
import { storable } from '../store/statement.ts';
import { findVerdict } from '../store/verdicts.ts';
import { agenda } from './agenda.ts';
import { findCase, firstCard } from './flag-action.ts';
import type { ActionParts } from './flag-action.ts';

/** Cards that a moderator sees at once where no limit is asked for, and at most. */
const QUEUE_LIMIT = 25;
const QUEUE_MOST = 500;

type Parts = Pick<ActionParts, 'database' | 'seal'>;

/** What waits for moderators: open flags and appeals, those that the raid cap held back included; or one's agenda. */
export async function openCards({ database, seal }: Parts, filter: QueueFilter): Promise<Card[]> {
  const communityId = await findCommunity(database.handle, filter.community);
  if (communityId === null) return [];
  if (filter.agendaOf !== undefined) {
    return agenda({ database, seal }, filter.community, filter.agendaOf, filter);
  }
  const { channel, language, only, sort, limit = QUEUE_LIMIT } = filter;
  const narrowed = { only, channel: channel && storable(channel), language: language && storable(language) };
  const cards = await findCards(
    database.handle,
    seal,
    { communityId, waiting: true, ...narrowed },
    { order: sort, limit: Math.max(1, Math.min(QUEUE_MOST, Math.floor(limit))) },
  );
  return cards.map(({ card }) => card);
}

/** The verdict of a message's latest revision and its flag; null where none is stored. */
export async function findMessage(
  { database, seal }: Parts,
  address: MessageAddress,
): Promise<{ verdict: Verdict; card: Card | null } | null> {
  const { handle } = database;
  const communityId = await findCommunity(handle, address);
  if (communityId === null) return null;
  const [channel, message] = [storable(address.channel), storable(address.message)];
  const found = await findVerdict(handle, communityId, { channel, message });
  if (found === null) return null;
  return { verdict: found.verdict, card: await firstCard(handle, seal, { communityId, channel, message }) };
}

/** Reads the flag's text again, so the score is that of the adapters of now. */
export async function why(
  { explain, ...parts }: Parts & { explain: Explain },
  community: CommunityAddress,
  flag: string,
): ReturnType<Review['why']> {
  const communityId = await findCommunity(parts.database.handle, community);
  const card = await findCase(parts, community, flag);
  if (communityId === null || card === null || card.text === null || card.blind) return null;
  return { card, explanation: await explain(card.text, communityId) };
}
