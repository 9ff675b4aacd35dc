import type { CommunityAddress, Message } from '../../domain/message.ts';
import { textOfBlocks, unescaped } from './message-text.ts';
import { dateOf, isTs, microsOf } from './timestamp.ts';

/** A message as events and histories have it; everything in it is still to be checked. */
export interface RawMessage {
  subtype?: string;
  ts?: string;
  user?: string;
  text?: string;
  bot_id?: string;
  thread_ts?: string;
  reply_count?: number;
  latest_reply?: string;
  edited?: { ts?: string };
  blocks?: unknown;
  files?: unknown;
  attachments?: unknown;
}

/** Where messages are, and who reads them. */
export interface Place {
  community: string;
  channel: string;
  /** The bot's own user. */
  self: string;
  /** Of the workspace: `https://town.slack.com/`. */
  url: string;
}

/** What people write. Every other subtype is Slack's own word (joins, topics, pins) or a bot's. */
const WRITTEN = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);

/**
 * A Slack message as a post: what its author wrote and what they forwarded. Previews of links are other people's words, and
 * files are only counted. Null for what bots, apps and Slack itself post, and for a new post without a word. `changedAt` is
 * the `ts` of the event that told of an edit.
 */
export function messageOf(raw: RawMessage, place: Place, changedAt?: string): Message | null {
  const { ts, user, bot_id: bot, subtype, edited, thread_ts: thread } = raw;
  const foreign = typeof bot === 'string' || user === place.self || user === 'USLACKBOT';
  if (foreign || !WRITTEN.has(subtype) || typeof user !== 'string' || !isTs(ts)) return null;
  const text = textOf(raw);
  const revision = revisionOf(edited?.ts, changedAt);
  if (text === '' && revision === 0) return null;
  return {
    ...communityOf(place.community),
    channel: place.channel,
    message: ts,
    revision,
    author: user,
    text,
    postedAt: dateOf(ts),
    link: linkTo(place, ts, thread),
    attachments: Array.isArray(raw.files) ? raw.files.length : 0,
  };
}

export function communityOf(community: string): CommunityAddress {
  return { platform: 'slack', community };
}

/** What was deleted but is answered stays in its channel as a stone. */
export function isTombstone({ subtype }: RawMessage): boolean {
  return subtype === 'tombstone';
}

/**
 * Microseconds of the last edit, 0 where there was none. `edited.ts` counts whole seconds, so of two edits in one second the
 * events' own times tell which is the later.
 */
function revisionOf(editedAt: string | undefined, changedAt: string | undefined): number {
  if (!isTs(editedAt)) return 0;
  return Math.max(microsOf(editedAt), isTs(changedAt) ? microsOf(changedAt) : 0);
}

/** What members see: the blocks where there are any, else the text. */
function textOf({ text, blocks, attachments }: RawMessage): string {
  const own = textOfBlocks(blocks) || (typeof text === 'string' ? unescaped(text) : '');
  return [own, ...forwarded(attachments)].filter((part) => part !== '').join('\n');
}

/** Texts of posts that were shared into this one, as opposed to previews of their links. */
function forwarded(attachments: unknown): string[] {
  if (!Array.isArray(attachments)) return [];
  return (attachments as Record<string, unknown>[]).flatMap((each) => {
    if (typeof each !== 'object' || each === null || each['is_share'] !== true) return [];
    return typeof each['text'] === 'string' ? [unescaped(each['text'])] : [];
  });
}

/** As `chat.getPermalink` answers, without asking. */
function linkTo({ url, channel }: Place, ts: string, thread: string | undefined): string {
  const reply = isTs(thread) && thread !== ts ? `?thread_ts=${thread}&cid=${channel}` : '';
  return `${url}archives/${channel}/p${ts.replace('.', '')}${reply}`;
}
