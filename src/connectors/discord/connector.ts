import { GatewayDispatchEvents } from 'discord.js';
import type { GatewayDispatchPayload } from 'discord.js';
import { messageOf } from '../../runtime/errors.ts';
import { SILENT } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import type { Finding } from '../../domain/finding.ts';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Connector } from '../connector.ts';
import type { Moderation } from '../moderation.ts';
import { createApi } from './api.ts';
import { checkApplication, publishCommands } from './application.ts';
import { CardBoard } from './card-board.ts';
import { Desk } from './desk.ts';
import { missingPermissions } from './examine.ts';
import { createGateway } from './gateway.ts';
import type { Shards } from './gateway.ts';
import { GuildDirectory } from './guild-directory.ts';
import { GuildIntake } from './guild-intake.ts';
import { Notices } from './notices.ts';
import { Sanctions } from './sanctions.ts';
import { Speech } from './speech.ts';

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
  const speech = new Speech(moderation, directory);
  const notices = new Notices(rest, directory, speech, log);
  const board = new CardBoard({
    moderation,
    rest,
    directory,
    speech,
    onRefused: (community) => void tellOnce(community),
  });
  const sanctions = new Sanctions(rest, directory);
  const desk = new Desk({ moderation, rest, directory, intake, board, speech, sanctions, examine }, log);
  const gateway = createGateway({ token, rest, shards }, dispatched, log);

  async function tellOnce(community: CommunityAddress): Promise<void> {
    try {
      await notices.tell(community.community, await examine(community));
    } catch (error) {
      log.warn('a guild could not be examined', { guild: community.community, reason: messageOf(error) });
    }
  }

  async function examine(community: CommunityAddress): Promise<Finding[]> {
    const guild = directory.guilds.get(community.community);
    if (guild === undefined) return [];
    const [{ reviewChannel }, ignored] = await Promise.all([
      moderation.settings(community),
      moderation.ignored(community),
    ]);
    const ids = new Set(ignored.map(({ id }) => id));
    return missingPermissions(guild, directory.self(guild.id), { reviewChannel, ignored: ids });
  }

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
      case GatewayDispatchEvents.InteractionCreate:
        desk.answer(d);
        break;
      default:
    }
  }

  return {
    platform: 'discord',
    async start() {
      const { application } = await checkApplication(rest);
      if (shards === null || shards.first === 0) await publishCommands(rest, application);
      await gateway.connect();
    },
    async stop() {
      await gateway.close();
      await Promise.all([intake.stop(), desk.idle()]);
    },
    show: (card, reference) => board.show(card, reference),
    showSummary: (summary, reference) => board.showSummary(summary, reference),
    examine,
  };
}
