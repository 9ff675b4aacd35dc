import type { SessionInfo } from '@discordjs/ws';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { LeaseKeeping, LeasePool } from '../lease-pool.ts';
import { createGateway, createThrottler } from './gateway.ts';
import type { GatewayConnection, GatewayParts, OnDispatch } from './gateway.ts';
import { gatewayInfo } from './gateway-info.ts';

/** How long after a shard could not be connected it is tried again, in ms. */
const AGAIN_MS = 5000;

/** How long a connection may take to say goodbye, in ms: nothing of it is heard any more anyway. */
const GOODBYE_MS = 1000;

interface ShardParts extends Omit<GatewayParts, 'shards' | 'sessions' | 'throttler' | 'holds'> {
  pool: LeasePool;
  application: string;
  onDispatch: OnDispatch;
  /** Called before a shard is connected that was another's, or nobody's. */
  onTaken(shard: number): Promise<void>;
  /** A shard is no longer this process's, of so many. */
  onDropped(shard: number, shards: number): void;
  /** Which part of the bot's requests are this process's. */
  onShare(part: number): void;
  log: Logger;
}

/**
 * Discord's gateway for the shards that this process has of a pool: a shard is connected once it is taken, and closed before
 * another process may take it. One that was let go of in an outage goes on with its session if it comes back.
 */
export function createShardGateways(parts: ShardParts): GatewayConnection {
  const { pool, application, rest, gaps, log, onDispatch, onTaken, onDropped, onShare } = parts;
  const open = new Map<number, GatewayConnection>();
  const sessions = new Map<number, SessionInfo>();
  const first: Promise<void>[] = [];
  let keeping: LeaseKeeping | null = null;
  let count = 1;
  let throttler: ReturnType<typeof createThrottler> | null = null;
  let isStopped = false;

  /** Rejects where it cannot be connected; then it is tried again. */
  async function connect(shard: number, isNew: boolean): Promise<void> {
    throttler ??= createThrottler(() => gatewayInfo(rest, gaps), log);
    const shards = { first: shard, last: shard, count };
    const gateway = createGateway(
      // Whoever has not joined yet was given the shard this moment.
      { ...parts, shards, sessions, throttler, holds: () => keeping?.holds(shard) ?? true },
      onDispatch,
      log,
    );
    open.set(shard, gateway);
    try {
      if (isNew) await onTaken(shard);
      await gateway.connect();
    } catch (error) {
      if (open.get(shard) !== gateway) return;
      setTimeout(() => {
        if (!isStopped && open.get(shard) === gateway) retry(shard, isNew);
      }, AGAIN_MS).unref();
      throw error;
    }
  }

  function retry(shard: number, isNew: boolean): void {
    connect(shard, isNew).catch((error: unknown) =>
      log.error('a shard cannot be connected; it is tried again', { shard, reason: messageOf(error) }),
    );
  }

  function end(shard: number, keep: boolean): Promise<void> {
    const gateway = open.get(shard);
    open.delete(shard);
    const closed = gateway
      ?.close({ keep })
      .catch((error: unknown) => log.debug('a shard was not closed cleanly', { shard, reason: messageOf(error) }));
    return Promise.race([closed, new Promise<void>((resolve) => void setTimeout(resolve, GOODBYE_MS).unref())]);
  }

  return {
    async connect() {
      const { shards } = await gatewayInfo(rest, gaps);
      keeping = await pool.join(`discord ${application}`, shards, {
        take(shard, of) {
          count = of;
          log.info('shard taken', { shard, shards: of });
          if (keeping === null) first.push(connect(shard, true));
          else retry(shard, true);
        },
        suspend: (shard) => void end(shard, true),
        resume: (shard) => retry(shard, false),
        async drop(shard) {
          log.info('shard given up', { shard });
          sessions.delete(shard);
          await end(shard, false);
          onDropped(shard, count);
        },
        share: onShare,
      });
      if (first.length === 0) log.info('all shards are taken; stands by', { shards });
      try {
        await Promise.all(first);
      } catch (error) {
        isStopped = true;
        await keeping.stop();
        throw error;
      }
    },
    async close() {
      isStopped = true;
      await keeping?.stop();
    },
  };
}
