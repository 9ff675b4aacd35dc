import { PermissionFlagsBits, Routes } from 'discord.js';
import type { APIMessage, REST } from 'discord.js';
import type { Finding } from '../../domain/finding.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { findingLines } from '../finding-lines.ts';
import type { GuildDirectory } from './guild-directory.ts';
import { page } from './layout.ts';
import { mention } from './markdown.ts';
import { has } from './permissions.ts';
import type { Speech } from './speech.ts';

const NEEDED =
  PermissionFlagsBits.ViewChannel | PermissionFlagsBits.SendMessages | PermissionFlagsBits.ReadMessageHistory;

/** How far back a notice is looked for before it is given again. */
const LOOKED_BACK = 100;

/**
 * What a guild's administrators should know though nobody asked: cards that cannot be shown. It is said once, in the
 * channel that the guild has for such things; `/keel-admin doctor` says it to whoever asks.
 */
export class Notices {
  readonly #rest: REST;
  readonly #directory: GuildDirectory;
  readonly #speech: Speech;
  readonly #log: Logger;
  readonly #told = new Set<string>();

  constructor(rest: REST, directory: GuildDirectory, speech: Speech, log: Logger) {
    this.#rest = rest;
    this.#directory = directory;
    this.#speech = speech;
    this.#log = log;
  }

  /** Never rejects: a notice that cannot be given is in the log. */
  async tell(guild: string, findings: readonly Finding[]): Promise<void> {
    const key = JSON.stringify([guild, findings]);
    if (findings.length === 0 || this.#told.has(key)) return;
    this.#told.add(key);
    try {
      await this.#say(guild, findings);
    } catch (error) {
      this.#log.warn('a notice could not be given', { guild, reason: messageOf(error) });
    }
  }

  async #say(guild: string, findings: readonly Finding[]): Promise<void> {
    const channel = this.#directory.guilds.get(guild)?.systemChannel ?? null;
    if (channel === null || !has(this.#directory.ownRightsIn(guild, channel) ?? 0n, NEEDED)) {
      this.#log.warn('cards cannot be shown; see /keel-admin doctor', { guild, findings: findings.length });
      return;
    }
    const lines = findingLines(findings, await this.#speech.ofGuild(guild), mention.channel);
    const query = new URLSearchParams({ limit: String(LOOKED_BACK) });
    const earlier = (await this.#rest.get(Routes.channelMessages(channel), { query })) as APIMessage[];
    const said = JSON.stringify(lines.join('\n'));
    if (earlier.some(({ author, components }) => author.bot === true && JSON.stringify(components).includes(said)))
      return;
    await this.#rest.post(Routes.channelMessages(channel), { body: page(lines) });
  }
}
