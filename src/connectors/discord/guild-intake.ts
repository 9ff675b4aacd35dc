import { Routes } from 'discord.js';
import type { REST } from 'discord.js';
import type { MessageAddress } from '../../domain/message.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Moderation } from '../moderation.ts';
import { isRefused } from './api.ts';
import { readMissed } from './catch-up.ts';
import type { GuildDirectory } from './guild-directory.ts';
import { IntakeLine } from '../intake-line.ts';
import { communityOf, messageOf, placeOfLink } from './message.ts';
import type { Place, RawMessage } from './message.ts';

/** Posts older than that are not worth a moderator's time any more, however long the bot was away. */
const LONGEST_GAP_MS = 7 * 24 * 60 * 60_000;

/** Open cards whose posts are looked at again after a gap: an edit or deletion in it was told to no one. */
const RECHECKED = 100;

/** What happens in guilds, on its way to moderation: each guild in its own order, gaps filled from history first. */
export class GuildIntake {
  readonly #moderation: Moderation;
  readonly #rest: REST;
  readonly #directory: GuildDirectory;
  readonly #log: Logger;
  readonly #lines = new Map<string, IntakeLine>();
  readonly #stopping = new AbortController();

  constructor(moderation: Moderation, rest: REST, directory: GuildDirectory, log: Logger) {
    this.#moderation = moderation;
    this.#rest = rest;
    this.#directory = directory;
    this.#log = log;
  }

  /** A session began: what was posted since the newest post that we know comes before anything new. */
  guildCame(guild: string): void {
    this.#line(guild).run(() => this.#catchUp(guild));
  }

  /** The bot was removed from a guild. */
  guildLeft(guild: string): void {
    const line = this.#line(guild);
    line.clear();
    line.run(async () => {
      await this.#moderation.purge(communityOf(guild));
      this.#log.info('left a guild and erased what was its', { guild });
    });
  }

  posted(guild: string, raw: RawMessage): void {
    const message = messageOf(raw, this.placeOf(guild, raw.channel_id));
    if (message !== null) this.#line(guild).receive(message);
  }

  removed(guild: string, channel: string, ids: readonly string[]): void {
    this.#line(guild).remove(ids.map((message) => ({ ...communityOf(guild), channel, message })));
  }

  placeOf(guild: string, channel: string): Place {
    const parent = this.#directory.parentOf(guild, channel);
    const home = parent ?? this.#directory.guilds.get(guild)?.channels.get(channel);
    return { guild, parent: parent?.id ?? null, category: home?.parent ?? null };
  }

  /** Resolves once everything that came is stored. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.idle()));
  }

  /** As `idle`, but gives up what cannot be stored now: history still has it at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
  }

  #line(guild: string): IntakeLine {
    const found = this.#lines.get(guild);
    if (found !== undefined) return found;
    const made = new IntakeLine(this.#moderation, this.#log, this.#stopping.signal);
    this.#lines.set(guild, made);
    return made;
  }

  async #catchUp(guild: string): Promise<void> {
    const { signal } = this.#stopping;
    const newest = await this.#moderation.lastSeen(communityOf(guild));
    const known = this.#directory.guilds.get(guild);
    if (newest === null || known === undefined || signal.aborted) return;
    const since = new Date(Math.max(newest.getTime(), Date.now() - LONGEST_GAP_MS));
    const rightsIn = (channel: string): bigint | null => this.#directory.ownRightsIn(guild, channel);
    const missed = await readMissed(this.#rest, known, { since, rightsIn, signal }, this.#log);
    const messages = missed.flatMap((raw) => messageOf(raw, this.placeOf(guild, raw.channel_id)) ?? []);
    await this.#line(guild).store(messages);
    await this.#recheckCards(guild);
    if (messages.length > 0) this.#log.info('caught up from history', { guild, posts: messages.length });
  }

  async #recheckCards(guild: string): Promise<void> {
    const cards = await this.#moderation.queue({ community: communityOf(guild), limit: RECHECKED });
    const gone: MessageAddress[] = [];
    for (const { message, link } of cards) {
      const place = placeOfLink(link);
      if (place === null) continue;
      const raw = await this.#find(place.channel, place.message);
      const { platform, community, channel, message: id } = message;
      if (raw === 'gone') gone.push({ platform, community, channel, message: id });
      else if (raw !== null) {
        const current = messageOf(raw, this.placeOf(guild, raw.channel_id));
        if (current !== null) await this.#line(guild).store([current]);
      }
    }
    if (gone.length > 0) await this.#moderation.remove(gone);
  }

  /** Null where the bot may not look. */
  async #find(channel: string, message: string): Promise<RawMessage | 'gone' | null> {
    try {
      const { signal } = this.#stopping;
      return (await this.#rest.get(Routes.channelMessage(channel, message), { signal })) as RawMessage;
    } catch (error) {
      if (isRefused(error, 'unknownMessage', 'unknownChannel')) return 'gone';
      if (isRefused(error, 'missingAccess', 'missingPermissions')) return null;
      throw error;
    }
  }
}
