import { messageOf as reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { IntakeLine } from '../intake-line.ts';
import type { Moderation } from '../moderation.ts';
import { catchUp } from './catch-up.ts';
import type { Envelope, Told } from './events.ts';
import { communityOf, isTombstone, messageOf } from './message.ts';
import type { Place } from './message.ts';
import { pause } from './patience.ts';
import { Recent } from './recent.ts';
import { isTs } from './timestamp.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

/** How long Slack leaves out events once it begins to: a minute at a time. */
const LIMITED_MS = 60_000;

export interface IntakeParts {
  moderation: Moderation;
  workspaces: Workspaces;
  log: Logger;
}

/** What happens in workspaces, on its way to moderation; what was missed is read from history beside it. */
export class SlackIntake {
  readonly #parts: IntakeParts;
  readonly #lines = new Map<string, IntakeLine>();
  readonly #stopping = new AbortController();
  readonly #events = new Recent();
  readonly #seen = new Recent();
  /** Workspaces whose history is being read, and whether it has to be again. */
  readonly #reading = new Map<string, { again: boolean; done: Promise<void> }>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** There may be posts that no event told of. */
  async cameBack(): Promise<void> {
    try {
      for (const { id } of await this.#parts.workspaces.all()) this.catchUp(id);
    } catch (error) {
      this.#parts.log.error('what was missed cannot be read', { reason: reasonOf(error) });
    }
  }

  /** Takes an event in; it is acknowledged already. The same event again changes nothing. */
  async take({ id, community, enterprise, orgWide, told }: Envelope): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { workspaces } = this.#parts;
    // Whatever of an event can fail comes before it is remembered: then Slack's next attempt is not taken for a repetition.
    if (told.kind === 'left') {
      if (id === null || this.#events.add(id))
        await this.#left(orgWide && enterprise !== null ? enterprise : community, community);
      return;
    }
    workspaces.heard(community, enterprise);
    const workspace = await workspaces.of(community);
    if (id !== null && !this.#events.add(id)) return;
    this.#accept(workspace, told);
  }

  /** Reads what was posted since the newest post that is known. While that goes on, new posts come in as ever. */
  catchUp(community: string): void {
    const reading = this.#reading.get(community);
    if (reading !== undefined) {
      reading.again = true;
      return;
    }
    const entry = { again: false, done: Promise.resolve() };
    this.#reading.set(community, entry);
    entry.done = this.#read(community, entry).finally(() => this.#reading.delete(community));
  }

  /** Resolves once everything that came is stored. */
  async idle(): Promise<void> {
    await Promise.all([...this.#reading.values()].map(({ done }) => done));
    await Promise.all([...this.#lines.values()].map((line) => line.idle()));
  }

  /** As `idle`, but gives up what cannot be stored now: history still has it at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
  }

  #accept(workspace: Workspace, told: Exclude<Told, { kind: 'left' }>): void {
    const { id: community } = workspace;
    switch (told.kind) {
      case 'posted': {
        const message = messageOf(told.message, placeOf(workspace, told.channel));
        if (message === null || !this.#isNew(community, told.channel, message.message, message.revision)) return;
        return this.#line(community).receive(message);
      }
      case 'changed': {
        const { message, before, at, channel } = told;
        if (!isTs(message.ts)) return;
        if (isTombstone(message)) return this.#remove(community, channel, message.ts);
        // A preview that Slack adds, or a count of replies, is no edit of the author's.
        if (message.edited === undefined) return;
        if (before !== null && before.edited?.ts === message.edited.ts && before.text === message.text) return;
        const edited = messageOf(message, placeOf(workspace, channel), at);
        if (edited === null || !this.#isNew(community, channel, edited.message, edited.revision)) return;
        return this.#line(community).receive(edited);
      }
      case 'removed':
        return isTs(told.ts) ? this.#remove(community, told.channel, told.ts) : undefined;
      case 'limited':
        this.#parts.log.warn('Slack leaves out events: there are too many', { workspace: community });
        void pause(LIMITED_MS, this.#stopping.signal).then((waited) => waited && this.catchUp(community));
    }
  }

  #remove(community: string, channel: string, ts: string): void {
    if (!this.#isNew(community, channel, ts, 'gone')) return;
    this.#line(community).remove([{ ...communityOf(community), channel, message: ts }]);
  }

  #isNew(community: string, channel: string, ts: string, what: number | string): boolean {
    return this.#seen.add(`${community} ${channel} ${ts} ${what}`);
  }

  async #left(installation: string, community: string): Promise<void> {
    const { workspaces, moderation, log } = this.#parts;
    const gone = await workspaces.leave(installation, community);
    for (const each of gone) {
      const line = this.#line(each);
      line.clear();
      line.run(async () => {
        await moderation.purge(communityOf(each));
        log.info('left a workspace and erased what was its', { workspace: each });
      });
    }
  }

  async #read(community: string, entry: { again: boolean }): Promise<void> {
    const { signal } = this.#stopping;
    const { log } = this.#parts;
    for (let waitMs = 1000; !signal.aborted; waitMs = Math.min(60_000, 2 * waitMs)) {
      entry.again = false;
      try {
        const workspace = await this.#parts.workspaces.of(community);
        await catchUp({ ...this.#parts, workspace, line: this.#line(community), signal });
        if (!entry.again) return;
      } catch (error) {
        if (signal.aborted) return;
        log.error('what was missed cannot be read', { workspace: community, reason: reasonOf(error) });
        await pause(waitMs, signal);
      }
    }
  }

  /** The gap is noted before a later post is stored, which would hide where it begins. */
  async #leaveToHistory(community: string): Promise<void> {
    const { moderation } = this.#parts;
    const newest = await moderation.lastSeen(communityOf(community));
    if (newest !== null) await moderation.noteGap(communityOf(community), newest);
    this.catchUp(community);
  }

  #line(community: string): IntakeLine {
    const found = this.#lines.get(community);
    if (found !== undefined) return found;
    const made = new IntakeLine({
      intake: this.#parts.moderation,
      // How far history is read is told from the posts that are stored.
      passed: () => Promise.resolve(),
      overflowed: () => this.#leaveToHistory(community),
      log: this.#parts.log,
      signal: this.#stopping.signal,
    });
    this.#lines.set(community, made);
    return made;
  }
}

export function placeOf({ id, self, url }: Workspace, channel: string): Place {
  return { community: id, channel, self, url };
}
