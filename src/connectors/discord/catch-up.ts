import { ChannelType, PermissionFlagsBits } from 'discord.js';
import type { Guild, GuildChannel, GuildDirectory } from './guild-directory.ts';
import { beforeAll } from './history.ts';
import type { History } from './history.ts';
import type { RawMessage } from './message.ts';
import { has } from './permissions.ts';
import type { Progress } from '../progress.ts';
import { isLater, momentOf, snowflakeAt } from './snowflake.ts';

/** Posts of so long before an absence are looked at again: events come a little out of order, and people edit. */
const LOOKED_BACK_MS = 60 * 60_000;

export interface CatchUpParts {
  history: History;
  directory: GuildDirectory;
  progress: Progress;
  /** What is older than that is not read, however long the bot was away. */
  oldest: Date;
  /** Stores posts, oldest first. */
  store(posts: readonly RawMessage[]): Promise<void>;
}

/**
 * Reads what a guild's channels posted in an absence, oldest first and a page at a time, each stored before the next is
 * asked for. How far each channel was read is noted, so that it goes on from there where it is broken off. Asks only
 * where something was posted. Returns how many posts there were.
 */
export async function catchUp(parts: CatchUpParts, guild: Guild): Promise<{ posts: number; since: Date | null }> {
  const { history, directory, progress, oldest } = parts;
  const { everywhere, channels } = await progress.marks();
  // Before anything is asked: what comes live meanwhile waits its turn and is not known yet.
  const newest = newestOf(guild);
  let posts = 0;
  if (everywhere !== null) {
    const start = everywhere > oldest ? everywhere : oldest;
    // A copy: what was archived is added to them.
    const known = Array.from(guild.channels.values());
    for (const channel of known) {
      if (!isReadable(directory, guild, channel)) continue;
      const rights = directory.ownRightsIn(guild.id, channel.id) ?? 0n;
      const archived = await history.archivedSince(channel, start, has(rights, PermissionFlagsBits.ManageThreads));
      directory.complete(guild.id, { channels: archived });
      for (const { id } of [channel, ...archived]) {
        const place = guild.channels.get(id);
        if (place === undefined) continue;
        const begun = channels.get(id) ?? null;
        posts += await readOn(parts, place, begun !== null && begun > start ? begun : start, begun !== null);
      }
    }
  }
  await progress.caughtUp(newest);
  return { posts, since: everywhere };
}

/** By Discord's own clock: up to then the gateway had told of everything when it described the guild. */
function newestOf({ id, channels }: Guild): Date {
  const ids = [...channels.values()].flatMap(({ lastMessage }) => lastMessage ?? []);
  return momentOf([id, ...ids].reduce((one, other) => (isLater(other, one) ? other : one)));
}

function isReadable(directory: GuildDirectory, guild: Guild, { id, type }: GuildChannel): boolean {
  const rights = directory.ownRightsIn(guild.id, id);
  const spoken = type === ChannelType.GuildVoice || type === ChannelType.GuildStageVoice;
  const needed = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;
  return rights === null || has(rights, spoken ? needed | PermissionFlagsBits.Connect : needed);
}

/** Returns how many posts a channel had. */
async function readOn(
  { history, progress, store }: CatchUpParts,
  channel: GuildChannel,
  since: Date,
  begun: boolean,
): Promise<number> {
  const holdsPosts = channel.type !== ChannelType.GuildForum && channel.type !== ChannelType.GuildMedia;
  if (!holdsPosts || channel.type === ChannelType.GuildCategory || channel.lastMessage === null) return 0;
  const back = new Date(since.getTime() - LOOKED_BACK_MS);
  if (channel.lastMessage !== undefined && !isLater(channel.lastMessage, snowflakeAt(back))) return 0;
  let after = beforeAll(since);
  if (!begun) {
    const page = await history.before(channel.id, after);
    if (page === null) return 0;
    await store(page.filter(({ id }) => isLater(id, snowflakeAt(back))));
  }
  for (let posts = 0; ;) {
    // Asked anew each time: posts go on coming while it reads.
    const last = channel.lastMessage;
    const page = last !== undefined && !isLater(last, after) ? [] : await history.after(channel.id, after);
    if (page === null || page.length === 0) return posts;
    await store(page);
    posts += page.length;
    after = page.at(-1)!.id;
    if (page.length >= FULL) await progress.readTo(channel.id, momentOf(after));
  }
}

/** A page of that many is hardly the last one, and worth a note. */
const FULL = 50;
