import type { QueueFilter, Stats } from '../connectors/connector.ts';
import { decide } from '../domain/decision.ts';
import type { Card } from '../domain/flag.ts';
import type { Answer } from '../domain/label.ts';
import type { ChannelAddress } from '../domain/message.ts';
import { MODES } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import type { Queues } from '../queue/queues.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { recordAudit } from '../store/audit.ts';
import { findCards } from '../store/cards.ts';
import type { CardFilter } from '../store/cards.ts';
import { findCommunity, updatePolicy } from '../store/channels.ts';
import type { ChannelDirectory } from '../store/channel-directory.ts';
import type { Database } from '../store/database.ts';
import { lockFlag, storeDecision } from '../store/flags.ts';
import { findLabels, storeLabel } from '../store/labels.ts';
import type { Seal } from '../store/seal.ts';
import { storable } from '../store/statement.ts';
import type { Handle } from '../store/statement.ts';
import { countLanguages, countReviews } from '../store/stats.ts';
import { enqueueCards } from './flag.ts';

type Community = QueueFilter['community'];

/** Cards that a moderator sees at once where no limit is asked for, and at most. */
const QUEUE_LIMIT = 25;
const QUEUE_MOST = 500;

export interface ReviewParts {
  database: Database;
  queues: Queues;
  channels: ChannelDirectory;
  seal: Seal;
}

/**
 * Verb 4: a moderator's answer, what the community then holds true, its audit row and the job that redraws the card, in
 * one transaction. A flag that was withdrawn or removed meanwhile is returned as it is: there is nothing left to judge.
 */
export async function label(
  parts: ReviewParts,
  input: { community: Community; flag: string; moderator: string; answer: Answer },
): Promise<Card | null> {
  const { database, queues, seal } = parts;
  const communityId = await communityOf(database, input.community);
  const range = uuidRange(input.flag);
  if (communityId === null || range === null || range[0] !== range[1]) return null;
  const [flag] = range;
  const moderator = storable(input.moderator);
  return database.transaction(async (tx) => {
    const found = await lockFlag(tx, communityId, flag);
    if (found === null) return null;
    const standing = found.state === 'open' || found.state === 'decided';
    if (standing && (await storeLabel(tx, { flag, revision: found.revision, moderator, answer: input.answer }))) {
      const decision = decide(await findLabels(tx, flag, found.revision));
      await storeDecision(tx, flag, found.revision, decision);
      const details = { flag, revision: found.revision, answer: input.answer, decision };
      await recordAudit(tx, { communityId, who: moderator, what: 'label', details });
      await enqueueCards(tx, queues, [{ flag, platform: input.community.platform }]);
    }
    return firstCard(tx, seal, { communityId, flags: [flag] });
  });
}

export async function openCards({ database, seal }: ReviewParts, filter: QueueFilter): Promise<Card[]> {
  const communityId = await communityOf(database, filter.community);
  if (communityId === null) return [];
  const { channel, language, sort, limit = QUEUE_LIMIT } = filter;
  const cards = await findCards(
    database.handle,
    seal,
    { communityId, state: 'open', channel: channel && storable(channel), language: language && storable(language) },
    { order: sort, limit: Math.max(1, Math.min(QUEUE_MOST, Math.floor(limit))) },
  );
  return cards.map(({ card }) => card);
}

/** One flag by its id or a prefix; null where there is none, or more than one. */
export async function findCase(
  { database, seal }: ReviewParts,
  community: Community,
  flag: string,
): Promise<Card | null> {
  const communityId = await communityOf(database, community);
  const range = uuidRange(flag);
  if (communityId === null || range === null) return null;
  return firstCard(database.handle, seal, { communityId, range });
}

export async function stats({ database }: ReviewParts, community: Community, since: Date): Promise<Stats> {
  const communityId = await communityOf(database, community);
  const none = { messages: 0, flagged: 0, open: 0, labels: 0, upheld: 0, overturned: 0, languages: [] };
  if (communityId === null) return none;
  const languages = await countLanguages(database.handle, communityId, since);
  const reviews = await countReviews(database.handle, communityId, since);
  return {
    ...reviews,
    messages: languages.reduce((sum, each) => sum + each.messages, 0),
    flagged: languages.reduce((sum, each) => sum + each.flagged, 0),
    languages,
  };
}

export async function policyOf({ channels }: ReviewParts, channel: ChannelAddress): Promise<Policy> {
  const { mode, threshold } = await channels.find(channel);
  return { mode, threshold };
}

/** Changes a channel's policy for verdicts from now on, with an audit row for each setting. */
export async function changePolicy(
  { database, channels }: ReviewParts,
  address: ChannelAddress,
  change: { mode: Policy['mode'] } | { threshold: number },
  by: string,
): Promise<Policy> {
  checkPolicy(change);
  const { id, communityId } = await channels.find(address);
  return database.transaction(async (tx) => {
    const policy = await updatePolicy(tx, id, change);
    const what = 'mode' in change ? 'mode' : 'threshold';
    const details = { channel: storable(address.channel), ...change };
    await recordAudit(tx, { communityId, who: by, what, details });
    return policy;
  });
}

function checkPolicy(change: Partial<Policy>): void {
  if (change.threshold !== undefined && !(change.threshold >= 0 && change.threshold <= 1)) {
    throw new EvenkeelError('input', `The threshold ${change.threshold} is not a number from 0 to 1`, {
      hint: 'Give a score such as 0.7: posts at or above it are flagged.',
    });
  }
  if (change.mode !== undefined && !MODES.includes(change.mode)) {
    throw new EvenkeelError('input', `${change.mode} is not a mode`, {
      hint: `Give one of ${MODES.join(', ')}.`,
    });
  }
}

function communityOf({ handle }: Database, { platform, community }: Community): Promise<number | null> {
  return findCommunity(handle, platform, storable(community));
}

async function firstCard(handle: Handle, seal: Seal, filter: CardFilter): Promise<Card | null> {
  const cards = await findCards(handle, seal, filter, { limit: 2 });
  return cards.length === 1 ? cards[0]!.card : null;
}

/** The first and the last UUID that begin so; null where it is no prefix of a UUID with 6 characters or more. */
function uuidRange(prefix: string): [first: string, last: string] | null {
  const digits = prefix.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{6,32}$/.test(digits)) return null;
  const uuidOf = (filler: string): string =>
    digits.padEnd(32, filler).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return [uuidOf('0'), uuidOf('f')];
}
