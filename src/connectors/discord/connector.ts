import { GatewayDispatchEvents } from 'discord.js';
import type { GatewayDispatchPayload } from 'discord.js';
import { messageOf } from '../../runtime/errors.ts';
import { SILENT } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import type { Finding } from '../../domain/finding.ts';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Connector } from '../connector.ts';
import type { LeasePool } from '../lease-pool.ts';
import type { Moderation } from '../moderation.ts';
import { createApi, shareRequests } from './api.ts';
import { identify, publishCommands } from './application.ts';
import { CardBoard } from './card-board.ts';
import { findDeparted } from './departures.ts';
import { Desk } from './desk.ts';
import { missingPermissions } from './examine.ts';
import { Gaps } from './gaps.ts';
import { createGateway, MISSING_INTENT } from './gateway.ts';
import type { GatewayConnection, Shards } from './gateway.ts';
import { GuildDirectory } from './guild-directory.ts';
import { GuildIntake } from './guild-intake.ts';
import { Notices } from './notices.ts';
import { Sanctions } from './sanctions.ts';
import { createShardGateways } from './shard-gateways.ts';
import { Speech } from './speech.ts';

export interface DiscordConnectorOptions {
  moderation: Moderation;
  token: Secret<string>;
  /** REST base without a version, such as `https://discord.com/api`. */
  url: string;
  shards?: Shards;
  /** Where other processes share the bot's shards; asked only where `shards` leaves them open. */
  leases?: LeasePool | null;
  /** How many days of an absence are read back; default 7. */
  catchUpDays?: number;
  /** Posts of a guild that wait to be stored at most, before the rest is left to history. */
  mostWaiting?: number;
  log?: Logger;
}

/** Discord: a bot on the gateway, whose moderators work in cards, menus and commands. */
export function createDiscordConnector(options: DiscordConnectorOptions): Connector {
  const { moderation, token, url, shards = null, leases = null, catchUpDays = 7, mostWaiting, log = SILENT } = options;
  const share = shards === null ? 1 : (shards.last - shards.first + 1) / shards.count;
  const rest = createApi({ token, url, share }, log);
  const gaps = new Gaps(log);
  const directory = new GuildDirectory();
  const intake = new GuildIntake({ moderation, rest, directory, gaps, catchUpDays, onMissed, mostWaiting, log });
  const speech = new Speech(moderation, directory);
  const notices = new Notices(rest, directory, speech, log);
  const board = new CardBoard({
    moderation,
    rest,
    gaps,
    directory,
    speech,
    onRefused: (community) => void tellOnce(community),
  });
  const sanctions = new Sanctions(rest, directory);
  const desk = new Desk({ moderation, rest, directory, intake, board, speech, sanctions, examine }, log);
  const stopping = new AbortController();
  let gateway: GatewayConnection | null = null;
  let publishing: Promise<void> | null = null;
  let application = '';
  let mayRead: boolean | null = null;

  async function tellOnce(community: CommunityAddress): Promise<void> {
    try {
      await notices.tell(community.community, await examine(community));
    } catch (error) {
      log.warn('a guild could not be examined', { guild: community.community, reason: messageOf(error) });
    }
  }

  function onMissed(guild: string): void {
    void notices.tell(guild, [{ kind: 'away-too-long', level: 'warning', days: catchUpDays }]);
  }

  /** Beside everything else: a server may be slow with commands, or have none. */
  function publish(): void {
    publishing = publishCommands({ rest, gaps, log, signal: stopping.signal }, application);
  }

  function openGateway(): GatewayConnection {
    if (leases === null || shards !== null) return createGateway({ token, rest, gaps, shards }, dispatched, log);
    return createShardGateways({
      token,
      rest,
      gaps,
      log,
      pool: leases,
      application,
      onDispatch: dispatched,
      onTaken: async (shard) => (shard === 0 ? publish() : undefined),
      onDropped(shard, count) {
        for (const guild of directory.leave(shard, count)) intake.guildMoved(guild);
      },
      onShare: (part) => shareRequests(rest, part),
    });
  }

  /** What left while the bot was away has its data erased. */
  async function sayGoodbye(shard: readonly [number, number], present: ReadonlySet<string>): Promise<void> {
    try {
      for (const guild of await findDeparted({ moderation, rest, application }, shard, present))
        intake.guildLeft(guild);
    } catch (error) {
      log.warn('guilds that left while the bot was away were not looked for', { reason: messageOf(error) });
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
    return [
      ...(mayRead === false ? [{ kind: 'missing-intent', level: 'problem', intent: 'Message Content' } as const] : []),
      // What nobody told cannot be missed.
      ...(directory.knowsRights(guild.id)
        ? missingPermissions(guild, directory.self(guild.id), { reviewChannel, ignored: ids })
        : []),
    ];
  }

  /** One event that is not as Discord writes it must not end the process, nor keep the next from being heard. */
  function dispatched(payload: GatewayDispatchPayload, shard: number): void {
    try {
      handle(payload, shard);
    } catch {
      // Without the reason, which may quote what someone wrote.
      log.warn('an event of the gateway was not understood', { type: payload.t, shard });
    }
  }

  function handle(payload: GatewayDispatchPayload, shard: number): void {
    directory.apply(payload);
    const { t, d } = payload;
    switch (t) {
      case GatewayDispatchEvents.Ready:
        // Only a whole list tells who is missing from it.
        if (Array.isArray(d.guilds)) {
          void sayGoodbye(d.shard ?? [shard, shards?.count ?? 1], new Set(d.guilds.map(({ id }) => id)));
        }
        break;
      case GatewayDispatchEvents.GuildCreate:
        intake.guildCame(d.id);
        break;
      case GatewayDispatchEvents.GuildDelete:
        // An outage of Discord's makes a guild unavailable; it comes back.
        if (d.unavailable !== true) intake.guildLeft(d.id);
        break;
      case GatewayDispatchEvents.MessageCreate:
        inGuild(d, (guild) => intake.posted(guild, d));
        break;
      case GatewayDispatchEvents.MessageUpdate:
        inGuild(d, (guild) => intake.edited(guild, d));
        break;
      case GatewayDispatchEvents.MessageDelete:
        inGuild(d, (guild) => intake.removed(guild, d.channel_id, [d.id]));
        break;
      case GatewayDispatchEvents.MessageDeleteBulk:
        inGuild(d, (guild) => intake.removed(guild, d.channel_id, d.ids));
        break;
      case GatewayDispatchEvents.InteractionCreate:
        desk.answer(d);
        break;
      default:
    }
  }

  /** Direct messages are in no guild. */
  function inGuild({ guild_id, channel_id }: { guild_id?: string; channel_id: string }, take: (guild: string) => void) {
    const guild = guild_id ?? directory.guildOf(channel_id);
    if (guild !== null) take(guild);
  }

  return {
    platform: 'discord',
    async start() {
      const self = await identify(rest, gaps);
      ({ application, mayRead } = self);
      // The gateway has the last word: it refuses a session where the intent is off.
      if (mayRead === false) log.warn(MISSING_INTENT.message, { hint: MISSING_INTENT.hint });
      directory.introduce(self.user);
      intake.serveAs(application);
      gateway = openGateway();
      if (leases === null ? shards === null || shards.first === 0 : shards?.first === 0) publish();
      await gateway.connect();
    },
    async stop() {
      stopping.abort();
      await gateway?.close();
      await Promise.all([intake.stop(), desk.idle(), publishing]);
    },
    show: (card, reference, isFirst) => board.show(card, reference, isFirst),
    showSummary: (summary, reference) => board.showSummary(summary, reference),
    showReport: (report, reference) => board.showReport(report, reference),
    examine,
  };
}
