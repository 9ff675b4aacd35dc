import { ChannelType, Routes } from 'discord.js';
import type { REST } from 'discord.js';
import { isRefused } from './api.ts';
import type { Gaps } from './gaps.ts';
import type { RawChannel } from './guild-directory.ts';
import type { RawMessage } from './message.ts';
import { isLater, snowflakeAt } from './snowflake.ts';

/** What Discord gives at once. */
const PAGE = 100;

/** Channels that have threads which everyone may see. */
const HAVE_THREADS = new Set([
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
]);

/** The last archived first. */
interface ArchivedThreads {
  threads?: (RawChannel & { thread_metadata?: { archive_timestamp?: string } })[];
  has_more?: boolean;
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

  /** Threads of a channel that were archived after a moment: a new session is told of the active ones alone. */
  async archivedSince({ id, type }: { id: string; type: ChannelType }, since: Date): Promise<RawChannel[]> {
    const found: RawChannel[] = [];
    if (!HAVE_THREADS.has(type)) return found;
    for (let before: string | undefined; ;) {
      const query = new URLSearchParams({ limit: String(PAGE), ...(before !== undefined && { before }) });
      const list = await this.#gaps.around('archived threads', () =>
        this.#get(Routes.channelThreads(id, 'public'), query),
      );
      const { threads = [], has_more: more = false } = (list ?? {}) as ArchivedThreads;
      const fresh = threads.filter(
        ({ thread_metadata: data }) => Date.parse(data?.archive_timestamp ?? '') >= since.getTime(),
      );
      found.push(...fresh);
      before = fresh.at(-1)?.thread_metadata?.archive_timestamp;
      if (!more || fresh.length < threads.length || before === undefined) return found;
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
