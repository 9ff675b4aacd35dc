import { Routes } from 'discord.js';
import type { APIGuildMember, REST } from 'discord.js';
import type { Gaps } from './gaps.ts';
import type { GuildDirectory, RawChannel, Told } from './guild-directory.ts';

/** Asks for what the event of a guild left out. Discord's own leaves out nothing. */
export async function completeGuild(
  { rest, directory, gaps }: { rest: REST; directory: GuildDirectory; gaps: Gaps },
  id: string,
): Promise<void> {
  const guild = directory.guilds.get(id);
  if (guild === undefined) return;
  const told: Told = {};
  if (guild.channels.size === 0) {
    const channels = await gaps.around('channels', () => rest.get(Routes.guildChannels(id)));
    told.channels = (channels as RawChannel[] | null) ?? [];
  }
  if (guild.roles.size === 0) {
    const roles = await gaps.around('roles', () => rest.get(Routes.guildRoles(id)));
    told.roles = (roles as Told['roles'] | null) ?? [];
  }
  if (guild.ownRoles === null) {
    const { user } = directory.self(id);
    const member = await gaps.around('members', () => rest.get(Routes.guildMember(id, user)));
    if (member !== null) told.ownRoles = (member as APIGuildMember).roles ?? [];
  }
  directory.complete(id, told);
}
