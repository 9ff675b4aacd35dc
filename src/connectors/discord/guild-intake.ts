import type { REST } from 'discord.js';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Moderation } from '../moderation.ts';
import { catchUp } from './catch-up.ts';
import { completeGuild } from './complete-guild.ts';
import type { Gaps } from './gaps.ts';
import type { GuildDirectory } from './guild-directory.ts';
import { History } from './history.ts';
import { IntakeLine } from '../intake-line.ts';
import { communityOf, messageOf, placeOfLink } from './message.ts';
import type { Place, RawMessage } from './message.ts';
import { Progress } from '../progress.ts';
import { Turns } from './turns.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Guilds that are read back at once: Discord allows the bot 50 requests a second, and cards have to go out as well. */
const READ_AT_ONCE = 4;

export interface GuildIntakeParts {
  moderation: Moderation;
  rest: REST;
  directory: GuildDirectory;
  gaps: Gaps;
  /** How many days of an absence are read back. */
  catchUpDays: number;
  /** A guild was away for longer than that. */
  onMissed: (guild: string) => void;
  log: Logger;
  /** Posts of a guild that wait at most before the rest is left to history. */
  mostWaiting?: number;
}

/** What happens in guilds, on its way to moderation: each guild in its own order, gaps filled from history first. */
export class GuildIntake {
  readonly #parts: GuildIntakeParts;
  readonly #history: History;
  readonly #lines = new Map<string, { line: IntakeLine; progress: Progress }>();
  /** Where posts whose text is kept are looked at again, one guild after another and behind everything else. */
  readonly #checks: IntakeLine;
  readonly #moving = new Set<Promise<void>>();
  readonly #turns = new Turns(READ_AT_ONCE);
  readonly #stopping = new AbortController();
  #application = '';

  constructor(parts: GuildIntakeParts) {
    this.#parts = parts;
    this.#history = new History(parts.rest, parts.gaps, this.#stopping.signal);
    this.#checks = this.#lineOf({ passed: async () => {}, overflowed: async () => {} });
  }

  /** Whose guilds these are, before the first of them comes. */
  serveAs(application: string): void {
    this.#application = application;
  }

  /** A session began: what was posted since the newest post that we know comes before anything new. */
  guildCame(guild: string): void {
    const { line, progress } = this.#of(guild);
    line.run(async () => {
      await this.#parts.moderation.serve(communityOf(guild), this.#application);
      await completeGuild(this.#parts, guild);
      const wasKnown = (await progress.marks()).everywhere !== null;
      await this.#catchUp(guild);
      const { everywhere } = await progress.marks();
      if (wasKnown && everywhere !== null) this.#checks.run(() => this.#recheck(guild, everywhere));
    });
  }

  /** The bot was removed from a guild. */
  guildLeft(guild: string): void {
    const { line, progress } = this.#of(guild);
    line.clear();
    line.run(async () => {
      progress.forget();
      await this.#parts.moderation.purge(communityOf(guild));
      this.#parts.log.info('left a guild and erased what was its', { guild });
    });
  }

  /** Another process serves a guild now: what came so far is stored, and nothing of it is remembered. */
  guildMoved(guild: string): void {
    const known = this.#lines.get(guild);
    if (known === undefined) return;
    this.#lines.delete(guild);
    known.line.run(() => known.progress.flush());
    const moved = known.line.idle().finally(() => this.#moving.delete(moved));
    this.#moving.add(moved);
  }

  posted(guild: string, raw: RawMessage): void {
    const message = messageOf(raw, this.placeOf(guild, raw.channel_id));
    if (message !== null) this.#of(guild).line.receive(message);
  }

  /** Discord tells all of an edited post. Of a server that tells only what changed, the rest is asked for. */
  edited(guild: string, raw: RawMessage): void {
    if (raw.author !== undefined && raw.edited_timestamp !== undefined) return this.posted(guild, raw);
    if (raw.content === undefined) return;
    const editedAt = raw.edited_timestamp ?? new Date().toISOString();
    const { line } = this.#of(guild);
    line.run(async () => {
      const whole = raw.author === undefined ? await this.#history.message(raw.channel_id, raw.id) : raw;
      if (whole === null || whole === 'gone') return;
      const message = messageOf(
        { ...whole, edited_timestamp: whole.edited_timestamp ?? editedAt },
        this.placeOf(guild, raw.channel_id),
      );
      if (message !== null) await line.store([message]);
    });
  }

  removed(guild: string, channel: string, ids: readonly string[]): void {
    this.#of(guild).line.remove(ids.map((message) => ({ ...communityOf(guild), channel, message })));
  }

  placeOf(guild: string, channel: string): Place {
    const { directory } = this.#parts;
    const parent = directory.parentOf(guild, channel);
    const home = parent ?? directory.guilds.get(guild)?.channels.get(channel);
    return { guild, parent: parent?.id ?? null, category: home?.parent ?? null };
  }

  /** Resolves once everything that came is stored. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ line }) => line.idle()));
    await this.#checks.idle();
    await Promise.all(this.#moving);
  }

  /** As `idle`, but gives up what cannot be stored now: history still has it at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
    await Promise.allSettled([...this.#lines.values()].map(({ progress }) => progress.flush()));
  }

  #of(guild: string): { line: IntakeLine; progress: Progress } {
    const found = this.#lines.get(guild);
    if (found !== undefined) return found;
    const progress = new Progress(this.#parts.moderation, communityOf(guild));
    const line = this.#lineOf({ passed: (to) => progress.passed(to), overflowed: () => this.#catchUp(guild) });
    const made = { line, progress };
    this.#lines.set(guild, made);
    return made;
  }

  #lineOf(calls: { passed(to: Date): Promise<void>; overflowed(): Promise<void> }): IntakeLine {
    const { moderation: intake, log, mostWaiting: most } = this.#parts;
    return new IntakeLine({ ...calls, intake, log, signal: this.#stopping.signal, most });
  }

  async #catchUp(guild: string): Promise<void> {
    const { directory, catchUpDays, onMissed, log } = this.#parts;
    const known = directory.guilds.get(guild);
    if (known === undefined) return;
    const { line, progress } = this.#of(guild);
    const oldest = new Date(Date.now() - catchUpDays * DAY_MS);
    const store = (raw: readonly RawMessage[]): Promise<void> =>
      line.store(raw.flatMap((each) => messageOf(each, this.placeOf(guild, each.channel_id)) ?? []));
    const parts = { history: this.#history, directory, progress, oldest, store };
    const { posts, since } = await this.#turns.take(() => catchUp(parts, known));
    if (posts > 0) log.info('caught up from history', { guild, posts });
    if (since !== null && since < oldest) {
      log.warn('away for longer than is read back', { guild, since: since.toISOString(), days: catchUpDays });
      onMissed(guild);
    }
  }

  /** Looks for edits and deletions that nobody told of. */
  async #recheck(guild: string, upTo: Date): Promise<void> {
    const { moderation } = this.#parts;
    const before = new Date(upTo.getTime() + 1);
    for await (const { link, ...address } of moderation.kept(communityOf(guild), before)) {
      if (this.#stopping.signal.aborted) throw stopped();
      const place = placeOfLink(link ?? undefined);
      const raw = place === null ? null : await this.#history.message(place.channel, place.message);
      if (raw === 'gone') await moderation.remove([address]);
      else if (raw !== null) {
        const current = messageOf(raw, this.placeOf(guild, raw.channel_id));
        if (current !== null) await moderation.receive([current]);
      }
    }
  }
}

function stopped(): EvenkeelError {
  return new EvenkeelError('stopped', 'The connector stops', { hint: 'The next start goes on.' });
}
