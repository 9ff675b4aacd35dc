import { Routes } from 'discord.js';
import type { REST } from 'discord.js';
import type { Attendance } from '../attendance.ts';
import { isRefused } from './api.ts';

export interface DeparturesParts {
  moderation: Pick<Attendance, 'served'>;
  rest: REST;
  application: string;
}

/**
 * Guilds of a shard that removed the bot while it was away: known as this application's, but not among those that a new
 * session was told of. Guilds that an outage made unavailable are among these; Discord is asked about each of the others,
 * and only its refusal counts.
 */
export async function findDeparted(
  { moderation, rest, application }: DeparturesParts,
  [shard, shards]: readonly [number, number],
  present: ReadonlySet<string>,
): Promise<string[]> {
  const departed: string[] = [];
  for (const guild of await moderation.served('discord', application)) {
    if (!/^\d+$/.test(guild) || present.has(guild) || Number((BigInt(guild) >> 22n) % BigInt(shards)) !== shard)
      continue;
    if (await isClosed(rest, guild)) departed.push(guild);
  }
  return departed;
}

async function isClosed(rest: REST, guild: string): Promise<boolean> {
  try {
    await rest.get(Routes.guild(guild));
    return false;
  } catch (error) {
    if (isRefused(error, 'unknownGuild', 'missingAccess')) return true;
    throw error;
  }
}
