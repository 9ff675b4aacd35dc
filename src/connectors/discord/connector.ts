import { GatewayDispatchEvents } from 'discord.js';
import type { GatewayDispatchPayload } from 'discord.js';
import { SILENT } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import type { Connector } from '../connector.ts';
import type { Moderation } from '../moderation.ts';
import { createApi } from './api.ts';
import { checkApplication } from './application.ts';
import { createGateway } from './gateway.ts';
import type { Shards } from './gateway.ts';
import { GuildDirectory } from './guild-directory.ts';
import { GuildIntake } from './guild-intake.ts';

export interface DiscordConnectorOptions {
  moderation: Moderation;
  token: Secret<string>;
  /** REST base without a version, such as `https://discord.com/api`. */
  url: string;
  shards?: Shards;
  log?: Logger;
}

/** Discord: a bot on the gateway, whose moderators work in cards, menus and commands. */
export function createDiscordConnector(options: DiscordConnectorOptions): Connector {
  const { moderation, token, url, shards = null, log = SILENT } = options;
  const share = shards === null ? 1 : (shards.last - shards.first + 1) / shards.count;
  const rest = createApi({ token, url, share }, log);
  const directory = new GuildDirectory();
  const intake = new GuildIntake(moderation, rest, directory, log);
  const gateway = createGateway({ token, rest, shards }, dispatched, log);

  function dispatched(payload: GatewayDispatchPayload): void {
    directory.apply(payload);
    const { t, d } = payload;
    switch (t) {
      case GatewayDispatchEvents.GuildCreate:
        intake.guildCame(d.id);
        break;
      case GatewayDispatchEvents.GuildDelete:
        // An outage of Discord's makes a guild unavailable; it comes back.
        if (d.unavailable !== true) intake.guildLeft(d.id);
        break;
      case GatewayDispatchEvents.MessageCreate:
      case GatewayDispatchEvents.MessageUpdate:
        if (d.guild_id !== undefined) intake.posted(d.guild_id, d);
        break;
      case GatewayDispatchEvents.MessageDelete:
        if (d.guild_id !== undefined) intake.removed(d.guild_id, d.channel_id, [d.id]);
        break;
      case GatewayDispatchEvents.MessageDeleteBulk:
        if (d.guild_id !== undefined) intake.removed(d.guild_id, d.channel_id, d.ids);
        break;
      default:
    }
  }

  return {
    platform: 'discord',
    async start() {
      await checkApplication(rest);
      await gateway.connect();
    },
    async stop() {
      await gateway.close();
      await intake.stop();
    },
    show: () => Promise.reject(new Error('not yet')),
    showSummary: () => Promise.reject(new Error('not yet')),
  };
}
