// The package discord.js hides this class of its own behind its client, which would cache guilds and members for us.
import { SimpleIdentifyThrottler, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws';
import type { IIdentifyThrottler, SessionInfo } from '@discordjs/ws';
import { GatewayIntentBits } from 'discord.js';
import type { GatewayDispatchPayload, REST } from 'discord.js';
import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import type { Gaps } from './gaps.ts';
import { gatewayInfo } from './gateway-info.ts';

const INTENTS = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages | GatewayIntentBits.MessageContent;

/** Sessions of the day that are left alone: past the last one Discord ends all sessions and resets the token. */
const RESERVE = 20;

/** Which shards this process runs: `first` to `last` of `count`; null leaves the count to Discord and takes all. */
export type Shards = { first: number; last: number; count: number } | null;

export interface GatewayConnection {
  connect(): Promise<void>;
  /** Resolves when the connections are closed; nothing is dispatched after. `keep`: their sessions can be resumed. */
  close(how?: { keep: boolean }): Promise<void>;
}

export interface GatewayParts {
  token: Secret<string>;
  rest: REST;
  gaps: Gaps;
  shards: Shards;
  /** What goes on where it was, by shard; what is lost of a session ends it. */
  sessions?: Map<number, SessionInfo>;
  /** Whose turn it is to begin a session, where others of this process begin some too. */
  throttler?: Promise<IIdentifyThrottler> | undefined;
  /** Whether a shard is still this process's; nothing more is heard of one that is not. */
  holds?: (shard: number) => boolean;
}

export type OnDispatch = (payload: GatewayDispatchPayload, shard: number) => void;

/** Tells the gateway that the session goes on later. */
const CLOSE_RESUMABLE = 4200;

/** Discord's gateway: resumes what broke, starts a new session where that fails, hands over every dispatch in order. */
export function createGateway(
  { token, rest, gaps, shards, sessions = new Map(), throttler, holds = () => true }: GatewayParts,
  onDispatch: OnDispatch,
  log: Logger,
): GatewayConnection {
  const closing = new AbortController();
  const manager = new WebSocketManager({
    token: token.reveal(),
    intents: INTENTS,
    // All that it asks of it is where the gateway is.
    rest: { get: () => gatewayInfo(rest, gaps) } as unknown as REST,
    shardCount: shards?.count ?? null,
    shardIds: shards === null ? null : { start: shards.first, end: shards.last },
    // A shard that reconnects asks here first. Once we close it waits for ever, as the package cannot call it off.
    retrieveSessionInfo: (shard) =>
      closing.signal.aborted ? new Promise<never>(() => {}) : (sessions.get(shard) ?? null),
    updateSessionInfo(shard, session) {
      // Once we close, a session is what it was: what it would still say is not heard.
      if (closing.signal.aborted) return;
      if (session === null) sessions.delete(shard);
      else sessions.set(shard, resumable(session));
    },
    buildIdentifyThrottler: () => throttler ?? createThrottler(() => gatewayInfo(rest, gaps), log),
  });
  manager.on(WebSocketShardEvents.Dispatch, ({ data, shardId }) => {
    if (holds(shardId) && !closing.signal.aborted) onDispatch(data, shardId);
    // It counts as told already: what follows cannot make up for it, a new session and history can.
    else sessions.delete(shardId);
  });
  manager.on(WebSocketShardEvents.Closed, ({ code, shardId }) => log.info('gateway closed', { shard: shardId, code }));
  manager.on(WebSocketShardEvents.Resumed, ({ shardId }) => log.info('gateway resumed', { shard: shardId }));
  manager.on(WebSocketShardEvents.Ready, ({ shardId }) => log.info('gateway ready', { shard: shardId }));
  manager.on(WebSocketShardEvents.Error, ({ error, shardId }) => {
    if (!closing.signal.aborted) log.error('gateway failed', { shard: shardId, reason: explained(error).message });
  });

  return {
    async connect() {
      try {
        await manager.connect();
      } catch (error) {
        await manager.destroy();
        throw explained(error);
      }
    },
    async close({ keep } = { keep: false }) {
      closing.abort();
      await manager.destroy(keep ? { code: CLOSE_RESUMABLE } : {});
    },
  };
}

/** A server that names no other place to resume at is resumed where it is. */
function resumable({ resumeURL, ...session }: SessionInfo): SessionInfo {
  return { ...session, resumeURL: resumeURL || (undefined as unknown as string) };
}

/** One identify after another as Discord asks, and none where too few sessions are left of the day. */
export async function createThrottler(
  info: () => ReturnType<typeof gatewayInfo>,
  log: Logger,
): Promise<IIdentifyThrottler> {
  const limits = async () => (await info()).session_start_limit;
  const throttler = new SimpleIdentifyThrottler((await limits()).max_concurrency);
  return {
    async waitForIdentify(shard, signal) {
      await throttler.waitForIdentify(shard, signal);
      for (;;) {
        const { remaining, reset_after } = await limits();
        if (remaining > RESERVE) return;
        log.error('no new session before Discord allows more', {
          shard,
          remaining,
          minutes: Math.ceil(reset_after / 60_000),
        });
        await pause(reset_after, signal);
      }
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('called off'));
    });
  });
}

const PORTAL = 'https://discord.com/developers/applications';

/** What a person can do about a connection that cannot be made. */
export function explained(error: unknown): EvenkeelError {
  if (error instanceof EvenkeelError) return error;
  const reason = messageOf(error);
  if (/disallowed intents/i.test(reason)) {
    const { message, hint } = MISSING_INTENT;
    return new EvenkeelError('config', message, { hint, cause: error });
  }
  if (/authentication failed|401|unauthorized/i.test(reason)) {
    return new EvenkeelError('config', 'Discord does not accept DISCORD_TOKEN', {
      hint: `Copy the token of the page Bot of your application (${PORTAL}) into DISCORD_TOKEN; reset it there if it is lost.`,
      cause: error,
    });
  }
  if (/shard/i.test(reason)) {
    return new EvenkeelError('config', `Discord does not accept these shards: ${reason}`, {
      hint: 'Set DISCORD_SHARDS to a range such as 0-3/8, with a count that Discord asks for, or unset it.',
      cause: error,
    });
  }
  return new EvenkeelError('network', `Discord cannot be reached: ${reason}`, {
    hint: 'Check the connection of this machine, and DISCORD_API_URL if it is set.',
    cause: error,
  });
}

/** Without it every post arrives empty. */
export const MISSING_INTENT = {
  message: 'The bot may not read messages: the Message Content intent is off',
  hint: `Turn on Message Content Intent on the page Bot of your application (${PORTAL}). Bots with 10,000 users and more need Discord's approval for it.`,
} as const;
