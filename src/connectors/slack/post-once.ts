import type { Logger } from '../../runtime/log.ts';
import { isUnknownMethod } from './api-errors.ts';
import type { PostOnce, Posting } from './card-board.ts';
import { isPassing, patiently, pause, retryAfter } from './patience.ts';
import { isTs, microsOf, tsAt } from './timestamp.ts';
import type { Workspace } from './workspaces.ts';

/** What Slack keeps with a message of ours, for us alone: `event_payload.key` tells it from every other one. */
const EVENT_TYPE = 'evenkeel_card';
const PAGE = 200;
/** A search goes this far back: a card that is older than its post by more cannot be. */
const PAGES = 10;
/** The clocks of this machine and Slack's differ. */
const SKEW_MS = 60_000;
/** What began so recently can hardly have been tried by a process that has ended since. */
const FRESH_MS = 10_000;
const FIRST_WAIT_MS = 300;
const TRIES = 6;
/** Messages remembered in a channel; with more it is read anew. */
const MOST_KNOWN = 20_000;

export interface PostOnceOptions {
  log: Logger;
  signal: AbortSignal;
  now?: () => number;
}

/**
 * Posts a message once. Slack has no key for it, so whatever an earlier attempt may have posted is looked for before it is
 * posted again: after an answer that was an error or none, and where another process may have tried.
 */
export function createPostOnce({ log, signal, now = Date.now }: PostOnceOptions): PostOnce {
  const begun = now();
  const tried = new Set<string>();
  const readers = new Map<string, ChannelReader>();

  return async (workspace, posting) => {
    const { client } = workspace;
    const { channel, key, since, message } = posting;
    const reader = readers.get(channel) ?? new ChannelReader(channel, { log, signal });
    readers.set(channel, reader);
    let unsure = tried.has(`${channel} ${key}`) || since.getTime() < begun || now() - since.getTime() > FRESH_MS;
    const metadata = { event_type: EVENT_TYPE, event_payload: { key } };
    for (let attempt = 1; ; attempt += 1) {
      const found = unsure ? await reader.find(workspace, posting).catch(nowhere) : null;
      if (found !== null) return { ts: found, found: true };
      tried.add(`${channel} ${key}`);
      try {
        const { ts } = await client.chat.postMessage({
          channel,
          ...message,
          metadata,
          unfurl_links: false,
          unfurl_media: false,
        });
        reader.add(key, ts!);
        tried.delete(`${channel} ${key}`);
        return { ts: ts!, found: false };
      } catch (error) {
        const seconds = retryAfter(error);
        if (seconds === null && (!isPassing(error) || attempt >= TRIES)) throw error;
        // What was limited was not posted.
        unsure ||= seconds === null;
        const waitMs = seconds === null ? FIRST_WAIT_MS * 2 ** (attempt - 1) : seconds * 1000;
        if (seconds !== null) attempt -= 1;
        log.debug('a card is posted again', { channel, waitMs, limited: seconds !== null });
        if (!(await pause(waitMs, signal))) throw error;
      }
    }
  };
}

/** Our messages in a channel by their keys, as far as its history was read; several who look read it together. */
class ChannelReader {
  readonly #channel: string;
  readonly #options: Pick<PostOnceOptions, 'log' | 'signal'>;
  readonly #known = new Map<string, string>();
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  /** The earliest moment that someone who waits for the next reading asks for. */
  #wanted = Infinity;
  /** What was read, without a hole between. */
  #from = Infinity;
  #until = 0;

  constructor(channel: string, options: Pick<PostOnceOptions, 'log' | 'signal'>) {
    this.#channel = channel;
    this.#options = options;
  }

  add(key: string, ts: string): void {
    this.#known.set(key, ts);
  }

  /** Where the message with this key is; null where there is none. Rejects where history cannot be read. */
  async find(workspace: Workspace, { key, since }: Pick<Posting, 'key' | 'since'>): Promise<string | null> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#wanted = Math.min(this.#wanted, since.getTime() - SKEW_MS);
    // Whoever comes while a reading goes on waits for the next one, which begins after they came.
    this.#next ??= this.#reading.then(() => this.#begin(workspace));
    await this.#next;
    return this.#known.get(key) ?? null;
  }

  #begin(workspace: Workspace): Promise<void> {
    this.#next = null;
    const wanted = this.#wanted;
    this.#wanted = Infinity;
    const read = this.#read(workspace, wanted);
    this.#reading = read.catch(() => {});
    return read;
  }

  async #read(workspace: Workspace, wanted: number): Promise<void> {
    const begun = Date.now();
    if (this.#known.size > MOST_KNOWN) {
      this.#known.clear();
      this.#from = Infinity;
    }
    const from = wanted >= this.#from ? Math.max(wanted, this.#until - SKEW_MS) : wanted;
    const asked = { channel: this.#channel, oldest: tsAt(new Date(from)), include_all_metadata: true, limit: PAGE };
    for (let page = 0, cursor = ''; page < PAGES; page += 1) {
      const call = () => workspace.client.conversations.history({ ...asked, ...(cursor !== '' && { cursor }) });
      const { messages = [], response_metadata: more } = await patiently(call, this.#options);
      for (const { ts, metadata, ...author } of messages) {
        // What a stranger writes into a message of theirs makes it no card of ours.
        if (!isOurs(author, workspace)) continue;
        const key = metadata?.event_type === EVENT_TYPE ? keyOf(metadata.event_payload) : null;
        if (key !== null && isTs(ts)) this.#learn(key, ts);
      }
      cursor = more?.next_cursor ?? '';
      if (cursor === '') break;
    }
    this.#from = Math.min(this.#from, wanted);
    this.#until = begun;
  }

  /** Of two with one key the first is the card. */
  #learn(key: string, ts: string): void {
    const known = this.#known.get(key);
    if (known === undefined || microsOf(ts) < microsOf(known)) this.#known.set(key, ts);
  }
}

/** Where there is no history to look in, nothing is found in it. */
function nowhere(error: unknown): null {
  if (isUnknownMethod(error)) return null;
  throw error;
}

/** Slack itself says whose a message is. */
function isOurs({ user, bot_id: id }: { user?: string; bot_id?: string }, { self, bot }: Workspace): boolean {
  return (self !== '' && user === self) || (bot !== '' && id === bot);
}

function keyOf(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('key' in payload)) return null;
  return typeof payload.key === 'string' ? payload.key : null;
}
