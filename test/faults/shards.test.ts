import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { TOKEN } from '../connectors/discord/server/discord-server.ts';
import type { WorldChannel } from '../connectors/discord/server/guild-world.ts';
import { BOT_MAY, openTown } from '../connectors/discord/town.ts';
import type { Town } from '../connectors/discord/town.ts';
import { startPostgres } from '../postgres-server.ts';
import type { PostgresServer } from '../postgres-server.ts';
import { Fleet } from './fleet.ts';
import { openProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';

const SHARDS = 4;
const LONG = 120_000;
/** What issue 8 asks: what a process had that is gone is with another by then. */
const RECOVERY_MS = 10_000;

const postgres = await startPostgres(['fsync=off']);

describe.skipIf(postgres === null)('two connectors of one bot over one Postgres', () => {
  const server = postgres as PostgresServer;
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-shards-'));
  /** A channel of a guild on each shard. */
  const channels: WorldChannel[] = [];
  let town: Town;
  let proxy: Proxy;
  let database: Database;
  let fleet: Fleet;

  beforeAll(async () => {
    [town, proxy] = await Promise.all([openTown(), openProxy(server.socket)]);
    const { gateway, world } = town.server;
    gateway.rules.shards = SHARDS;
    for (let shard = 0; shard < SHARDS; shard += 1) {
      const id = guildsOn(shard)[0] ?? addGuildOn(shard);
      channels[shard] = world.addChannel(world.guilds.get(id)!, 'news');
    }
    database = await openDatabase({ url: server.url });
    fleet = new Fleet({
      DISCORD_TOKEN: TOKEN,
      DISCORD_API_URL: town.server.url,
      EVENKEEL_KEY: '07'.repeat(32),
      EVENKEEL_DATA_DIR: dataDir,
      DATABASE_URL: server.url,
    });
    await fleet.start('connector');
  }, LONG);
  afterAll(async () => {
    await fleet.stop();
    await database.close();
    await proxy.close();
    await town.close();
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  function guildsOn(shard: number): string[] {
    const { guilds } = town.server.world;
    return [...guilds.keys()].filter((id) => Number((BigInt(id) >> 22n) % BigInt(SHARDS)) === shard);
  }

  /** A guild's shard is in the milliseconds of its id. */
  function addGuildOn(shard: number): string {
    while (guildsOn(shard).length === 0) {
      if (Date.now() % SHARDS !== shard) continue;
      const guild = town.server.world.addGuild(`Guild on ${shard}`, { botMay: BOT_MAY });
      town.server.world.addChannel(guild, 'general');
    }
    return guildsOn(shard)[0]!;
  }

  /** How many shards each holder has, the most first. */
  async function shares(): Promise<number[]> {
    const rows = await rowsOf<{ shards: number }>(
      database.handle,
      sql`select count(l.slot)::int as shards from lease_holders h left join leases l on l.holder = h.id
        group by h.id order by 1 desc`,
    );
    return rows.map(({ shards }) => shards);
  }

  const connected = (): number[] =>
    [...town.server.gateway.sessions.values()]
      .flatMap(({ shard, socket }) => (socket?.readyState === socket?.OPEN && socket !== null ? [shard[0]] : []))
      .toSorted((a, b) => a - b);

  /** Posts on every shard; resolves with how long until all are stored, in ms. */
  async function postEverywhere(): Promise<number> {
    const ids = new Set(channels.map((channel) => town.server.world.post(channel, town.member, 'words 10%').id));
    const postedAt = performance.now();
    const stored = async (): Promise<number> => {
      const rows = await rowsOf<{ id: string }>(database.handle, sql`select external_id as id from messages`);
      return rows.filter(({ id }) => ids.has(id)).length;
    };
    await expect.poll(stored, { timeout: LONG, interval: 50 }).toBe(SHARDS);
    return performance.now() - postedAt;
  }

  const settled = async (...expected: number[]): Promise<void> => {
    await expect.poll(shares, { timeout: LONG, interval: 50 }).toEqual(expected);
    await expect.poll(connected, { timeout: LONG, interval: 50 }).toEqual([0, 1, 2, 3]);
  };

  test('the first takes all shards, the second is given its half', { timeout: LONG }, async () => {
    await settled(4);
    await fleet.start('connector', { DATABASE_URL: `postgres://postgres@127.0.0.1:${proxy.port}/postgres` });
    await settled(2, 2);
    await postEverywhere();
    expect(town.server.gateway.overlaps).toEqual([]);
  });

  test('one that is cut off from the database lets go before the other takes over', { timeout: LONG }, async () => {
    proxy.cut();
    const took = await postEverywhere();
    expect(took).toBeLessThan(RECOVERY_MS);
    await settled(4);
    expect(town.server.gateway.overlaps).toEqual([]);
    proxy.heal();
    await settled(2, 2);
    await postEverywhere();
    expect(town.server.gateway.overlaps).toEqual([]);
  });

  test('a short outage costs nobody a shard or a session', { timeout: LONG }, async () => {
    const { identify } = town.server.gateway.counts;
    fleet.said.length = 0;
    proxy.cut();
    await expect
      .poll(() => fleet.said.some((line) => line.includes('leases cannot be renewed')), { timeout: LONG })
      .toBe(true);
    proxy.heal();
    await postEverywhere();
    await settled(2, 2);
    expect(town.server.gateway.counts.identify).toBe(identify);
  });

  test('what a killed one had is with the other, nothing that was posted is missed', { timeout: LONG }, async () => {
    fleet.kill('connector', 1, { again: false });
    expect(await postEverywhere()).toBeLessThan(RECOVERY_MS);
    await settled(4);
    expect(town.server.gateway.overlaps).toEqual([]);
  });
});
