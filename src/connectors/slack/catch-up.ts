import type { webApi } from '@slack/bolt';
import type { MessageAddress } from '../../domain/message.ts';
import type { Logger } from '../../runtime/log.ts';
import type { IntakeLine } from '../intake-line.ts';
import type { Moderation } from '../moderation.ts';
import type { Progress } from '../progress.ts';
import { isRefused, isUnknownMethod } from './api-errors.ts';
import { communityOf, isTombstone, messageOf } from './message.ts';
import type { Place, RawMessage } from './message.ts';
import { patiently } from './patience.ts';
import { placeOfLink, threadOfLink } from './permalink.ts';
import { dateOf, isTs, microsOf, tsAt } from './timestamp.ts';
import type { Workspace } from './workspaces.ts';

const PAGE = 200;
/** Posts older than that are not worth a moderator's time any more, however long the bot was away. */
const LONGEST_GAP_MS = 7 * 24 * 60 * 60_000;
/** How far behind what is known it begins: events come a little out of order, and clocks differ. */
const OVERLAP_MS = 2 * 60_000;
/** A reply is found by the post that it answers, which may be this much older than the gap. */
const THREADS_MS = 3 * 24 * 60 * 60_000;
/** With fewer posts a channel is as soon read again. */
const WORTH_A_NOTE = 50;
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
  'unknown_method',
];

export interface CatchUpParts {
  moderation: Moderation;
  workspace: Workspace;
  line: Pick<IntakeLine, 'store'>;
  progress: Progress;
  signal: AbortSignal;
  log: Logger;
}

/**
 * Reads what was posted in a workspace since the moment up to which its posts are known; where nothing was ever known,
 * that moment is now. Whoever calls holds that moment until this resolves, so that what comes in meanwhile, or an end of
 * the process, does not hide the gap. Channels that were read are noted, so that a restart goes on with the others.
 * Resolves to the moment up to which all is known then, by Slack's own clock; null where there was nothing to read.
 */
export async function catchUp(parts: CatchUpParts): Promise<Date | null> {
  const { progress, workspace, log, signal } = parts;
  const begun = new Date();
  const { everywhere, channels } = await progress.marks();
  if (everywhere === null) return begun;
  const oldest = new Date(begun.getTime() - LONGEST_GAP_MS);
  if (everywhere < oldest)
    log.warn('away for longer than is read back', { workspace: workspace.id, since: everywhere.toISOString() });
  let posts = 0;
  let newest: Date | null = null;
  for (const channel of await channelsOf(parts)) {
    const mark = latest(everywhere, channels.get(channel) ?? null);
    const since = latest(new Date(mark.getTime() - OVERLAP_MS), oldest);
    const read = await readChannel(parts, channel, since);
    posts += read.posts;
    newest = read.newest === null ? newest : latest(read.newest, newest);
    if (!signal.aborted && read.posts >= WORTH_A_NOTE) await progress.readTo(channel, earlier(read.newest!, begun));
  }
  await recheckCards(parts);
  signal.throwIfAborted();
  if (posts > 0) log.info('caught up from history', { workspace: workspace.id, posts });
  return newest === null ? null : earlier(newest, begun);
}

/** Channels that the bot is in. */
async function channelsOf(parts: CatchUpParts): Promise<string[]> {
  const { client, id } = parts.workspace;
  const asked = { types: 'public_channel,private_channel', exclude_archived: true, limit: PAGE, team_id: id };
  try {
    return await channelIds(parts, (cursor) => client.users.conversations({ ...asked, ...cursor }));
  } catch (error) {
    if (!isUnknownMethod(error)) throw error;
    return channelIds(parts, (cursor) => client.conversations.list({ ...asked, ...cursor }));
  }
}

async function channelIds(
  { signal, log }: CatchUpParts,
  list: (cursor: { cursor?: string }) => Promise<webApi.ConversationsListResponse>,
): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = ''; !signal.aborted;) {
    const call = () => list(cursor === '' ? {} : { cursor });
    const { channels = [], response_metadata: more } = await patiently(call, { signal, log });
    found.push(...channels.flatMap(({ id, is_member: inside }) => (inside === false ? [] : (id ?? []))));
    cursor = more?.next_cursor ?? '';
    if (cursor === '') break;
  }
  return found;
}

/** How many posts there were, replies included, and when the newest of them was made. */
async function readChannel(
  parts: CatchUpParts,
  channel: string,
  since: Date,
): Promise<{ posts: number; newest: Date | null }> {
  const from = tsAt(since);
  const oldest = tsAt(new Date(since.getTime() - THREADS_MS));
  let posts = 0;
  let newest: Date | null = null;
  const take = async (raw: readonly RawMessage[]): Promise<void> => {
    for (const { ts } of raw) if (isTs(ts) && isLater(ts, from)) newest = latest(dateOf(ts), newest);
    posts += await store(parts, channel, raw);
  };
  for await (const page of pagesOf(parts, { channel, oldest })) {
    // An edit of an older post is told by the time of it.
    await take(page.filter(({ ts, edited }) => isLater(ts, from) || isLater(edited?.ts, from)));
    for (const { ts, thread_ts: thread, reply_count: replies, latest_reply: last } of page) {
      const isAnswered = replies === undefined ? thread === ts : replies > 0;
      if (!isTs(ts) || !isAnswered || (last !== undefined && !isLater(last, from))) continue;
      for await (const answers of pagesOf(parts, { channel, ts, oldest: from }))
        await take(answers.filter((reply) => isLater(reply.ts, from) && reply.ts !== ts));
    }
  }
  return { posts, newest };
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

function latest(one: Date, other: Date | null): Date {
  return other !== null && other > one ? other : one;
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
