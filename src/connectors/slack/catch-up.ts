import type { webApi } from '@slack/bolt';
import type { MessageAddress } from '../../domain/message.ts';
import type { Logger } from '../../runtime/log.ts';
import type { IntakeLine } from '../intake-line.ts';
import type { Moderation } from '../moderation.ts';
import { isRefused } from './api-errors.ts';
import { communityOf, isTombstone, messageOf } from './message.ts';
import type { Place, RawMessage } from './message.ts';
import { patiently } from './patience.ts';
import { placeOfLink, threadOfLink } from './permalink.ts';
import { isTs, microsOf, tsAt } from './timestamp.ts';
import type { Workspace } from './workspaces.ts';

const PAGE = 200;
/** Posts older than that are not worth a moderator's time any more, however long the bot was away. */
const LONGEST_GAP_MS = 7 * 24 * 60 * 60_000;
/** How far behind the newest known post it begins: several channels' posts are stored in no order. */
const OVERLAP_MS = 60_000;
/** A reply is found by the post that it answers, which may be this much older than the gap. */
const THREADS_MS = 3 * 24 * 60 * 60_000;
/** Posts read back in one channel at most; with more missed than that, the oldest stay unread. */
const MOST_PER_CHANNEL = 10_000;
/** Open cards whose posts are looked at again after a gap: an edit or deletion in it was told to no one. */
const RECHECKED = 100;

/** What history does not show us: then there is nothing to read. */
const CLOSED = [
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'missing_scope',
  'thread_not_found',
  'access_denied',
];

export interface CatchUpParts {
  moderation: Moderation;
  workspace: Workspace;
  line: Pick<IntakeLine, 'store'>;
  signal: AbortSignal;
  log: Logger;
}

/**
 * Reads what was posted in a workspace since the newest post that is known. The gap is noted until it is read to its end,
 * so that what comes in meanwhile, or an end of the process, does not hide it.
 */
export async function catchUp(parts: CatchUpParts): Promise<void> {
  const { moderation, workspace, log, signal } = parts;
  const community = communityOf(workspace.id);
  const newest = await moderation.lastSeen(community);
  if (newest === null) return;
  await moderation.noteGap(community, newest);
  const since = new Date(Math.max(newest.getTime() - OVERLAP_MS, Date.now() - LONGEST_GAP_MS));
  let posts = 0;
  for (const channel of await channelsOf(parts)) posts += await readChannel(parts, channel, since);
  await recheckCards(parts);
  if (signal.aborted) return;
  await moderation.noteGap(community, null);
  if (posts > 0) log.info('caught up from history', { workspace: workspace.id, posts });
}

/** Those that the bot is in. */
async function channelsOf({ workspace: { client, id }, signal, log }: CatchUpParts): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = ''; !signal.aborted;) {
    const asked = { types: 'public_channel,private_channel', exclude_archived: true, limit: PAGE, team_id: id };
    const call = () => client.users.conversations({ ...asked, ...(cursor !== '' && { cursor }) });
    const { channels = [], response_metadata: more } = await patiently(call, { signal, log });
    found.push(...channels.flatMap((channel) => channel.id ?? []));
    cursor = more?.next_cursor ?? '';
    if (cursor === '') break;
  }
  return found;
}

/** How many posts there were, replies included. */
async function readChannel(parts: CatchUpParts, channel: string, since: Date): Promise<number> {
  const from = tsAt(since);
  const oldest = tsAt(new Date(since.getTime() - THREADS_MS));
  let read = 0;
  for await (const page of pagesOf(parts, { channel, oldest })) {
    const fresh = page.filter(({ ts }) => isLater(ts, from));
    read += await store(parts, channel, fresh);
    for (const { ts, reply_count: replies, latest_reply: latest } of page) {
      if (!isTs(ts) || (replies ?? 0) === 0 || !isLater(latest, from)) continue;
      for await (const thread of pagesOf(parts, { channel, ts, oldest: from }))
        read += await store(
          parts,
          channel,
          thread.filter((reply) => isLater(reply.ts, from) && reply.ts !== ts),
        );
    }
    if (read >= MOST_PER_CHANNEL) {
      parts.log.warn('missed more posts than are read back', { channel, read });
      break;
    }
  }
  return read;
}

/** A channel's history, newest first, or a thread, oldest first. */
async function* pagesOf(
  { workspace: { client }, signal, log }: CatchUpParts,
  asked: { channel: string; ts?: string; oldest: string },
): AsyncIterable<RawMessage[]> {
  const { ts, ...span } = asked;
  for (let cursor = ''; !signal.aborted;) {
    const page = { ...span, limit: PAGE, ...(cursor !== '' && { cursor }) };
    const call = (): Promise<webApi.ConversationsHistoryResponse> =>
      ts === undefined ? client.conversations.history(page) : client.conversations.replies({ ...page, ts });
    let answer: webApi.ConversationsHistoryResponse;
    try {
      answer = await patiently(call, { signal, log });
    } catch (error) {
      if (isRefused(error, ...CLOSED)) return;
      throw error;
    }
    yield answer.messages ?? [];
    cursor = answer.response_metadata?.next_cursor ?? '';
    if (cursor === '') return;
  }
}

async function store(
  { workspace, line, moderation }: CatchUpParts,
  channel: string,
  raw: readonly RawMessage[],
): Promise<number> {
  const place: Place = { community: workspace.id, channel, self: workspace.self, url: workspace.url };
  const messages = raw.flatMap((each) => messageOf(each, place) ?? []);
  await line.store(messages);
  const gone = raw.filter(isTombstone).flatMap(({ ts }) => ts ?? []);
  await removeAll(
    moderation,
    gone.map((message) => ({ ...communityOf(workspace.id), channel, message })),
  );
  return messages.length;
}

async function recheckCards(parts: CatchUpParts): Promise<void> {
  const { moderation, workspace, signal } = parts;
  const cards = await moderation.queue({ community: communityOf(workspace.id), limit: RECHECKED });
  const gone: MessageAddress[] = [];
  for (const { message, link } of cards) {
    if (signal.aborted) return;
    const place = placeOfLink(link) ?? { channel: message.channel, message: message.message };
    const raw = await readOne(parts, { ...place, thread: threadOfLink(link) });
    const { platform, community, channel, message: id } = message;
    if (raw === 'gone') gone.push({ platform, community, channel, message: id });
    else if (raw !== null) await store(parts, channel, [raw]);
  }
  await removeAll(moderation, gone);
}

/** One post as it reads now; null where the bot may not look. */
async function readOne(
  { workspace: { client }, signal, log }: Pick<CatchUpParts, 'workspace' | 'signal' | 'log'>,
  { channel, message, thread }: { channel: string; message: string; thread: string | null },
): Promise<RawMessage | 'gone' | null> {
  const span = { channel, oldest: message, latest: message, inclusive: true, limit: 1 };
  try {
    const { messages = [] } = await patiently(
      (): Promise<webApi.ConversationsHistoryResponse> =>
        thread === null
          ? client.conversations.history(span)
          : client.conversations.replies({ ...span, limit: 2, ts: thread }),
      { signal, log },
    );
    const found = (messages as RawMessage[]).find(({ ts }) => ts === message);
    return found === undefined || isTombstone(found) ? 'gone' : found;
  } catch (error) {
    if (isRefused(error, 'channel_not_found', 'thread_not_found')) return 'gone';
    if (isRefused(error, ...CLOSED)) return null;
    throw error;
  }
}

async function removeAll(moderation: Moderation, gone: MessageAddress[]): Promise<void> {
  if (gone.length > 0) await moderation.remove(gone);
}

function isLater(ts: string | undefined, from: string): boolean {
  return isTs(ts) && microsOf(ts) >= microsOf(from);
}
