import { DiscordAPIError, HTTPError } from 'discord.js';
import type { Logger } from '../../runtime/log.ts';
import { isRefused } from './api.ts';

/** Parts of Discord's API that the bot can do without. */
export type Optional =
  | 'application'
  | 'gateway/bot'
  | 'commands'
  | 'history'
  | 'archived threads'
  | 'private threads'
  | 'roles'
  | 'members'
  | 'channels';

/** Codes of Discord's own refusals begin here: an answer without one comes from a server that lacks the endpoint. */
const FIRST_CODE = 10_000;
const NOT_THERE = new Set([404, 405, 501]);

/**
 * What a server that speaks Discord's protocol lacks of it. Each is said once, and what is not there is not asked for
 * again. Discord itself lacks nothing.
 */
export class Gaps {
  readonly #log: Logger;
  readonly #found = new Set<Optional>();

  constructor(log: Logger) {
    this.#log = log;
  }

  get found(): Optional[] {
    return [...this.#found].sort();
  }

  /** Does something if the server can; null where it cannot, or does not let the bot. */
  async around<T>(part: Optional, ask: () => Promise<T>): Promise<T | null> {
    if (this.#found.has(part)) return null;
    try {
      return await ask();
    } catch (error) {
      if (isRefused(error, 'unknownChannel', 'missingAccess', 'missingPermissions')) return null;
      if (!isAbsent(error)) throw error;
      this.#found.add(part);
      this.#log.warn('this server lacks a part of the API', { part, without: CONSEQUENCE[part] });
      return null;
    }
  }
}

const CONSEQUENCE: Record<Optional, string> = {
  application: 'whether the Message Content intent is on is not known before the gateway answers',
  'gateway/bot': 'the bot takes one shard and does not count its sessions',
  commands: 'slash commands and message menus are not registered',
  history: 'a card whose post was cut off may be posted twice',
  'archived threads': 'threads that were archived while the bot was away are not read',
  'private threads': 'private threads that were archived while the bot was away are not read',
  roles: 'what the bot may do is not known before it tries',
  members: 'what the bot may do is not known before it tries',
  channels: 'what was posted while the bot was away is not read',
};

function isAbsent(error: unknown): boolean {
  if (error instanceof HTTPError) return NOT_THERE.has(error.status);
  if (!(error instanceof DiscordAPIError)) return false;
  return NOT_THERE.has(error.status) && !(Number(error.code) >= FIRST_CODE);
}
