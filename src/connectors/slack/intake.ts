import { messageOf as reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { IntakeLine } from '../intake-line.ts';
import type { Moderation } from '../moderation.ts';
import { Progress } from '../progress.ts';
import { catchUp } from './catch-up.ts';
import type { Envelope, Told } from './events.ts';
import { communityOf, isTombstone, messageOf } from './message.ts';
import type { Place } from './message.ts';
import { pause } from './patience.ts';
import { Recent } from './recent.ts';
import { isTs } from './timestamp.ts';
import { isGone } from './workspaces.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

/** How long Slack leaves out events once it begins to: a minute at a time. */
const LIMITED_MS = 60_000;

export interface IntakeParts {
  moderation: Moderation;
  workspaces: Workspaces;
  log: Logger;
}

/** A workspace's posts in their order, and how far they are known. */
interface Attended {
  line: IntakeLine;
  progress: Progress;
}

interface Reading {
  /** What closes the gaps that are not being read yet. */
  gaps: ((to: Date | null) => Promise<void>)[];
  left: AbortController;
  done: Promise<void>;
}

/** What happens in workspaces, on its way to moderation; what was missed is read from history beside it. */
export class SlackIntake {
  readonly #parts: IntakeParts;
  readonly #attended = new Map<string, Attended>();
  readonly #stopping = new AbortController();
  readonly #events = new Recent();
  readonly #seen = new Recent();
  /** Workspaces whose history is being read, and whether it has to be again. */
  readonly #reading = new Map<string, Reading>();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** There may be posts that no event told of. */
  async cameBack(): Promise<void> {
    // Before anything is asked: a post that comes now must not hide them.
    for (const community of this.#attended.keys()) this.catchUp(community);
    try {
      const gone: string[] = [];
      const there = await this.#parts.workspaces.all((installation) => gone.push(installation));
      for (const { id } of there) this.catchUp(id);
      for (const installation of gone) await this.#left(installation, installation.startsWith('E') ? '' : installation);
    } catch (error) {
      this.#parts.log.error('what was missed cannot be read', { reason: reasonOf(error) });
    }
  }

  /** The app was installed: it attends from now on. */
  async installed(installation: string): Promise<void> {
    for (const { id } of await this.#parts.workspaces.under(installation)) this.#of(id);
  }

  /** Takes an event in; it is acknowledged already. The same event again changes nothing. */
  async take({ id, community, enterprise, orgWide, told }: Envelope): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { workspaces } = this.#parts;
    if (told.kind === 'left') {
      if (id === null || this.#events.add(id))
        await this.#left(enterprise !== null && (orgWide || community === '') ? enterprise : community, community);
      return;
    }
    workspaces.heard(community, enterprise);
    let workspace: Workspace;
    try {
      workspace = await workspaces.of(community);
    } catch (error) {
      // It is acknowledged, so it does not come again: history has it, once Slack answers.
      if (!isGone(error)) return this.catchUp(community);
      throw error;
    }
    if (id !== null && !this.#events.add(id)) return;
    this.#accept(workspace, told);
  }

  /** Reads what was posted since the moment up to which all is known. While that goes on, new posts come in as ever. */
  catchUp(community: string): void {
    const gap = this.#of(community).progress.hold();
    const reading = this.#reading.get(community);
    if (reading !== undefined) {
      reading.gaps.push(gap);
      return;
    }
    const entry: Reading = { gaps: [gap], left: new AbortController(), done: Promise.resolve() };
    this.#reading.set(community, entry);
    entry.done = this.#read(community, entry).finally(() => this.#reading.delete(community));
  }

  /** Resolves once everything that came is stored. */
  async idle(): Promise<void> {
    await Promise.all([...this.#reading.values()].map(({ done }) => done));
    await Promise.all([...this.#attended.values()].map(({ line }) => line.idle()));
  }

  /** As `idle`, but gives up what cannot be stored now: history still has it at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
    await Promise.allSettled([...this.#attended.values()].map(({ progress }) => progress.flush()));
  }

  #accept(workspace: Workspace, told: Exclude<Told, { kind: 'left' }>): void {
    const { id: community } = workspace;
    switch (told.kind) {
      case 'posted': {
        const message = messageOf(told.message, placeOf(workspace, told.channel));
        if (message === null || !this.#isNew(community, told.channel, message.message, message.revision)) return;
        return this.#of(community).line.receive(message);
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
        return this.#of(community).line.receive(edited);
      }
      case 'removed':
        return isTs(told.ts) ? this.#remove(community, told.channel, told.ts) : undefined;
      case 'limited':
        return this.#limited(community);
    }
  }

  #remove(community: string, channel: string, ts: string): void {
    if (!this.#isNew(community, channel, ts, 'gone')) return;
    this.#of(community).line.remove([{ ...communityOf(community), channel, message: ts }]);
  }

  #limited(community: string): void {
    const { log } = this.#parts;
    log.warn('Slack leaves out events: there are too many', { workspace: community });
    const close = this.#of(community).progress.hold();
    void pause(LIMITED_MS, this.#stopping.signal).then(async (waited) => {
      if (!waited) return;
      this.catchUp(community);
      await close(null);
    });
  }

  #isNew(community: string, channel: string, ts: string, what: number | string): boolean {
    return this.#seen.add(`${community} ${channel} ${ts} ${what}`);
  }

  async #left(installation: string, community: string): Promise<void> {
    const { workspaces, moderation, log } = this.#parts;
    const gone = await workspaces.leave(installation, community);
    // Others of an organization may never have been heard of since this process began.
    const served = community === installation ? [] : await moderation.served('slack', installation);
    for (const each of new Set([...gone, ...served])) {
      const { line, progress } = this.#of(each);
      const reading = this.#reading.get(each);
      reading?.left.abort();
      line.clear();
      line.run(async () => {
        await reading?.done;
        progress.forget();
        await moderation.purge(communityOf(each));
        this.#forget(each, line);
        log.info('left a workspace and erased what was its', { workspace: each });
      });
    }
  }

  async #read(community: string, entry: Reading): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, entry.left.signal]);
    const { log } = this.#parts;
    const { line, progress } = this.#of(community);
    for (let waitMs = 1000; !signal.aborted; waitMs = Math.min(60_000, 2 * waitMs)) {
      const gaps = entry.gaps.splice(0);
      try {
        const workspace = await this.#parts.workspaces.of(community);
        // It was known by no name before.
        if (workspace.id !== community) return this.catchUp(workspace.id);
        await this.#parts.moderation.serve(communityOf(community), workspace.installation);
        const known = await catchUp({ ...this.#parts, workspace, line, progress, signal });
        for (const close of gaps) await close(known);
        if (entry.gaps.length === 0) return;
        waitMs = 1000;
      } catch (error) {
        if (isGone(error)) this.#forget(community, line);
        if (signal.aborted || isGone(error)) return;
        entry.gaps.push(...gaps);
        log.error('what was missed cannot be read', { workspace: community, reason: reasonOf(error) });
        await pause(waitMs, signal);
      }
    }
  }

  /** What comes after that is of an app that was installed anew. */
  #forget(community: string, line: IntakeLine): void {
    if (this.#attended.get(community)?.line === line) this.#attended.delete(community);
  }

  /** A workspace is attended from its first event on: it is noted from when, and what an absence missed is read. */
  #of(community: string): Attended {
    const found = this.#attended.get(community);
    if (found !== undefined) return found;
    const progress = new Progress(this.#parts.moderation, communityOf(community));
    const line = new IntakeLine({
      intake: this.#parts.moderation,
      passed: (to) => progress.passed(to),
      overflowed: () => Promise.resolve(this.catchUp(community)),
      log: this.#parts.log,
      signal: this.#stopping.signal,
    });
    const made = { line, progress };
    this.#attended.set(community, made);
    this.catchUp(community);
    return made;
  }
}

export function placeOf({ id, self, url }: Workspace, channel: string): Place {
  return { community: id, channel, self, url };
}
