import { PermissionFlagsBits, Routes } from 'discord.js';
import type { APIGuildMember, REST } from 'discord.js';
import type { Card } from '../../domain/flag.ts';
import { caseOf } from '../card-content.ts';
import { isRefused } from './api.ts';
import type { GuildDirectory } from './guild-directory.ts';
import type { Inquiry } from './inquiry.ts';
import { placeOfLink } from './message.ts';
import { has, isAbove } from './permissions.ts';

export type Sanction = 'delete' | 'timeout';

const PERMISSION = {
  delete: PermissionFlagsBits.ManageMessages,
  timeout: PermissionFlagsBits.ModerateMembers,
} as const;
const REASON_LIMIT = 512;

/** `done`, or the permission that someone lacks, or that there is nothing to act on any more. */
export type SanctionResult = 'done' | 'gone' | { lacking: bigint; who: 'moderator' | 'bot' };

/** What moderators do to posts and people on Discord: only what they and the bot may both do, at this moment. */
export class Sanctions {
  readonly #rest: REST;
  readonly #directory: GuildDirectory;

  constructor(rest: REST, directory: GuildDirectory) {
    this.#rest = rest;
    this.#directory = directory;
  }

  /** What stands in the way of a moderator, as far as it can be told without asking; null where nothing does. */
  obstacle(sanction: Sanction, inquiry: Inquiry, card: Pick<Card, 'message' | 'link'>): SanctionResult | null {
    const channel = placeOfLink(card.link)?.channel ?? card.message.channel;
    const needed = PERMISSION[sanction] | PermissionFlagsBits.ViewChannel;
    const { guild } = inquiry;
    const theirs = this.#directory.rightsOf(inquiry, channel);
    if (theirs === null) return 'gone';
    if (!has(theirs, needed)) return { lacking: PERMISSION[sanction], who: 'moderator' };
    const own = this.#directory.ownRightsIn(guild, channel);
    // Where that was not told, Discord's answer tells.
    if (own !== null && !has(own, needed)) return { lacking: PERMISSION[sanction], who: 'bot' };
    return null;
  }

  async deletePost(inquiry: Inquiry, card: Card, reason: string): Promise<SanctionResult> {
    const obstacle = this.obstacle('delete', inquiry, card);
    const place = placeOfLink(card.link);
    if (obstacle !== null || place === null) return obstacle ?? 'gone';
    const route = Routes.channelMessage(place.channel, place.message);
    return this.#attempt(PERMISSION.delete, () =>
      this.#rest.delete(route, { reason: auditReason(inquiry, card, reason) }),
    );
  }

  async timeOut(inquiry: Inquiry, card: Card, minutes: number, reason: string): Promise<SanctionResult> {
    const obstacle = this.obstacle('timeout', inquiry, card);
    const guild = this.#directory.guilds.get(inquiry.guild);
    if (obstacle !== null || guild === undefined) return obstacle ?? 'gone';
    return this.#attempt(PERMISSION.timeout, async () => {
      const route = Routes.guildMember(inquiry.guild, card.author);
      const { roles } = (await this.#rest.get(route)) as APIGuildMember;
      const target = { user: card.author, roles };
      const lacking = PERMISSION.timeout;
      if (!isAbove(guild, { user: inquiry.user, roles: inquiry.roles }, target)) return { lacking, who: 'moderator' };
      if (!isAbove(guild, this.#directory.self(inquiry.guild), target)) return { lacking, who: 'bot' };
      const until = new Date(Date.now() + minutes * 60_000).toISOString();
      const body = { communication_disabled_until: until };
      await this.#rest.patch(route, { body, reason: auditReason(inquiry, card, reason) });
      return 'done';
    });
  }

  async #attempt(permission: bigint, act: () => Promise<unknown>): Promise<SanctionResult> {
    try {
      const result = await act();
      return isLacking(result) ? result : 'done';
    } catch (error) {
      if (isRefused(error, 'unknownMessage', 'unknownChannel', 'unknownMember')) return 'gone';
      if (isRefused(error, 'missingAccess', 'missingPermissions')) return { lacking: permission, who: 'bot' };
      throw error;
    }
  }
}

function isLacking(result: unknown): result is { lacking: bigint; who: 'moderator' | 'bot' } {
  return typeof result === 'object' && result !== null && 'lacking' in result;
}

/** What the server's audit log says: the bot acted, but a person decided. */
function auditReason({ userName, user }: Inquiry, { flag }: Card, reason: string): string {
  return `${userName} (${user}), case ${caseOf(flag)}: ${reason}`.slice(0, REASON_LIMIT);
}
