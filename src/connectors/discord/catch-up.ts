import { PermissionFlagsBits, Routes } from 'discord.js';
import type { REST } from 'discord.js';
import type { Logger } from '../../runtime/log.ts';
import { isRefused } from './api.ts';
import type { Guild, GuildChannel } from './guild-directory.ts';
import { has } from './permissions.ts';
import type { RawMessage } from './message.ts';
import { isLater, snowflakeAt } from './snowflake.ts';

const PAGE = 100;

/** Posts read back in one channel at most; with more missed than that, the oldest stay unread. */
const MOST_PER_CHANNEL = 10_000;

/** How far behind the newest known post it begins: several channels' posts are stored in no order. */
const OVERLAP_MS = 60_000;

const NEEDED = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

/**
 * Posts of a guild since a moment, oldest first, as its channels' histories have them. Only channels where something was
 * posted since are asked; those that the bot may not read are passed over.
 */
export async function readMissed(
  rest: REST,
  guild: Guild,
  { since, rightsIn, signal }: { since: Date; rightsIn: (channel: string) => bigint | null; signal: AbortSignal },
  log: Logger,
): Promise<RawMessage[]> {
  const from = snowflakeAt(new Date(since.getTime() - OVERLAP_MS));
  const missed: RawMessage[] = [];
  for (const channel of guild.channels.values()) {
    if (channel.lastMessage === null || !isLater(channel.lastMessage, from)) continue;
    if (!has(rightsIn(channel.id) ?? 0n, NEEDED)) continue;
    missed.push(...(await readBack(rest, channel, from, signal, log)));
  }
  return missed.sort((one, other) => (isLater(one.id, other.id) ? 1 : -1));
}

async function readBack(
  rest: REST,
  channel: GuildChannel,
  from: string,
  signal: AbortSignal,
  log: Logger,
): Promise<RawMessage[]> {
  const read: RawMessage[] = [];
  for (let before: string | undefined; read.length < MOST_PER_CHANNEL;) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(before !== undefined && { before }) });
    let page: RawMessage[];
    try {
      page = (await rest.get(Routes.channelMessages(channel.id), { query, signal })) as RawMessage[];
    } catch (error) {
      // Deleted, or closed to the bot, meanwhile.
      if (isRefused(error, 'unknownChannel', 'missingAccess', 'missingPermissions')) return read;
      throw error;
    }
    const fresh = page.filter(({ id }) => isLater(id, from));
    read.push(...fresh);
    if (page.length < PAGE || fresh.length < page.length) return read;
    before = page.at(-1)!.id;
  }
  log.warn('missed more posts than are read back', { channel: channel.id, read: read.length });
  return read;
}
