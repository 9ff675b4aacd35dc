import { PermissionFlagsBits } from 'discord.js';
import type { APIUser } from 'discord.js';
import { createDiscordConnector } from '../../../src/connectors/discord/connector.ts';
import type { DiscordConnectorOptions } from '../../../src/connectors/discord/connector.ts';
import type { Connector } from '../../../src/connectors/connector.ts';
import { Secret } from '../../../src/runtime/secrets.ts';
import { DiscordServer, TOKEN } from './server/discord-server.ts';
import type { WorldChannel, WorldGuild } from './server/guild-world.ts';

/** What the invite link of the README gives the bot beyond what everyone may. */
export const BOT_MAY = PermissionFlagsBits.ManageMessages | PermissionFlagsBits.ModerateMembers;

/** A Discord with one guild that the bot is in. */
export interface Town {
  server: DiscordServer;
  guild: WorldGuild;
  general: WorldChannel;
  /** Where cards go. */
  review: WorldChannel;
  member: APIUser;
  moderator: APIUser;
  admin: APIUser;
  /** A connector to it, not started. */
  connect(moderation: DiscordConnectorOptions['moderation'], more?: Partial<DiscordConnectorOptions>): Connector;
  /** Throws what the bot did against Discord's rules. */
  close(): Promise<void>;
}

export async function openTown({
  botMay = BOT_MAY,
  plain = false,
}: { botMay?: bigint; plain?: boolean } = {}): Promise<Town> {
  const server = new DiscordServer({ plain });
  const { world } = server;
  const guild = world.addGuild('Town', { botMay });
  const general = world.addChannel(guild, 'general');
  const review = world.addChannel(guild, 'review');
  const member = world.addMember(guild, 'Ana').user;
  const moderators = world.addRole(guild, 'Moderators', BOT_MAY, 3);
  const admins = world.addRole(guild, 'Admins', PermissionFlagsBits.ManageGuild | BOT_MAY, 4);
  const moderator = world.addMember(guild, 'Sam', [moderators.id]).user;
  const admin = world.addMember(guild, 'Ida', [admins.id]).user;
  await server.start();
  return {
    server,
    guild,
    general,
    review,
    member,
    moderator,
    admin,
    connect: (moderation, more = {}) =>
      createDiscordConnector({ moderation, token: new Secret(TOKEN), url: server.url, ...more }),
    async close() {
      await server.stop();
      const faults = [...server.violations, ...server.gateway.violations];
      if (faults.length > 0) throw new Error(`The bot broke Discord's rules:\n${faults.join('\n')}`);
    },
  };
}

/** Resolves once something holds. It is looked at again whenever the event loop comes around. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
