import { ChannelType, Routes } from 'discord.js';
import type { REST } from 'discord.js';
import { isRefused } from './api.ts';
import type { Gaps } from './gaps.ts';
import type { RawChannel } from './guild-directory.ts';
import type { RawMessage } from './message.ts';
import { isLater, snowflakeAt } from './snowflake.ts';

/** What Discord gives at once. */
const PAGE = 100;

/** Channels that have threads; private ones only those of text have. */
const HAVE_THREADS = new Set([
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
]);

type ArchivedThread = RawChannel & { thread_metadata?: { archive_timestamp?: string } };

interface ArchivedThreads {
  threads?: ArchivedThread[];
  has_more?: boolean;
}

function archivedAt({ thread_metadata: data }: ArchivedThread): number {
  return Date.parse(data?.archive_timestamp ?? '');
}

/** Of threads with the last archived first. */
function lastArchive(threads: readonly ArchivedThread[], since: Date): string | undefined {
  const last = threads.at(-1);
  return last !== undefined && archivedAt(last) >= since.getTime()
    ? last.thread_metadata?.archive_timestamp
    : undefined;
}

/** Of threads with the last begun first: any of them may have been archived since. */
function lastId(threads: readonly ArchivedThread[]): string | undefined {
  return threads.at(-1)?.id;
}

/** Posts and threads as the REST API remembers them; null where the bot may not look, or no longer can. */
export class History {
  readonly #rest: REST;
  readonly #gaps: Gaps;
  readonly #signal: AbortSignal;

  constructor(rest: REST, gaps: Gaps, signal: AbortSignal) {
    this.#rest = rest;
    this.#gaps = gaps;
    this.#signal = signal;
  }

  /** The hundred posts after an id, oldest first. Empty: there are none. */
  async after(channel: string, id: string): Promise<RawMessage[] | null> {
    const page = await this.#page(channel, { after: id });
    return page?.filter((each) => isLater(each.id, id)) ?? null;
  }

  /** The hundred posts before an id, oldest first. */
  async before(channel: string, id: string): Promise<RawMessage[] | null> {
    const page = await this.#page(channel, { before: id });
    return page?.filter((each) => isLater(id, each.id)) ?? null;
  }

  /** `gone`: deleted, or its channel is. */
  async message(channel: string, message: string): Promise<RawMessage | 'gone' | null> {
    try {
      return (await this.#get(Routes.channelMessage(channel, message))) as RawMessage;
    } catch (error) {
      if (isRefused(error, 'unknownMessage', 'unknownChannel')) return 'gone';
      if (isRefused(error, 'missingAccess', 'missingPermissions')) return null;
      throw error;
    }
  }

  /**
   * Threads of a channel that were archived after a moment: a new session is told of the active ones alone. Private ones
   * are all listed for who may manage threads, and to others those that they are in.
   */
  async archivedSince(
    { id, type }: { id: string; type: ChannelType },
    since: Date,
    mayManage: boolean,
  ): Promise<RawChannel[]> {
    if (!HAVE_THREADS.has(type)) return [];
    const found = await this.#archived('archived threads', Routes.channelThreads(id, 'public'), since, lastArchive);
    if (type !== ChannelType.GuildText) return found;
    const hidden = mayManage
      ? await this.#archived('private threads', Routes.channelThreads(id, 'private'), since, lastArchive)
      : await this.#archived('private threads', Routes.channelJoinedArchivedThreads(id), since, lastId);
    return [...found, ...hidden];
  }

  /** `next`: what the page after these is asked by; undefined where none of it can be meant. */
  async #archived(
    part: 'archived threads' | 'private threads',
    route: `/${string}`,
    since: Date,
    next: (threads: readonly ArchivedThread[], since: Date) => string | undefined,
  ): Promise<RawChannel[]> {
    const found: RawChannel[] = [];
    for (let before: string | undefined; ;) {
      const query = new URLSearchParams({ limit: String(PAGE), ...(before !== undefined && { before }) });
      const list = await this.#gaps.around(part, () => this.#get(route, query));
      const { threads = [], has_more: more = false } = (list ?? {}) as ArchivedThreads;
      found.push(...threads.filter((thread) => archivedAt(thread) >= since.getTime()));
      before = next(threads, since);
      if (!more || before === undefined) return found;
    }
  }

  async #page(channel: string, where: { after: string } | { before: string }): Promise<RawMessage[] | null> {
    const query = new URLSearchParams({ limit: String(PAGE), ...where });
    try {
      const page = (await this.#get(Routes.channelMessages(channel), query)) as RawMessage[];
      return page.toSorted((one, other) => (isLater(one.id, other.id) ? 1 : -1));
    } catch (error) {
      // Deleted, or closed to the bot, meanwhile.
      if (isRefused(error, 'unknownChannel', 'missingAccess', 'missingPermissions')) return null;
      throw error;
    }
  }

  #get(route: `/${string}`, query?: URLSearchParams): Promise<unknown> {
    return this.#rest.get(route, { query, signal: this.#signal });
  }
}

/** Right before the first id of a moment, to ask for what came after it. */
export function beforeAll(moment: Date): string {
  return String(BigInt(snowflakeAt(moment)) - 1n);
}
