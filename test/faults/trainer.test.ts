import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baseKey } from '../../src/model/base-key.ts';
import { verifyLedgers } from '../../src/pipeline/ledger.ts';
import { ADAPTERS_CHANNEL, findVersions } from '../../src/store/adapters.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { runTraining } from '../../src/trainer/run.ts';
import { seeded } from '../../src/trainer/random.ts';
import { evenkeel } from '../commands/evenkeel.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { COMMUNITY, openWorld, post } from '../pipeline/world.ts';
import type { World } from '../pipeline/world.ts';
import { startPostgres } from '../postgres-server.ts';
import { Fleet } from './fleet.ts';

/** Rounds, a kill each. `EVENKEEL_FAULTS=20 npx vitest run test/faults/trainer` takes every moment several times. */
const ROUNDS = Number(process.env['EVENKEEL_FAULTS'] ?? 2);
const PATIENCE = { timeout: 150_000, interval: 50 };
const KEY = '07'.repeat(32);
const POSTS = 100;
const WORDS =
  'house market town village today morning evening talk listen road argue agree vote build open close'.split(' ');

const server = await startPostgres(['fsync=off']);

describe.skipIf(server === null)('a trainer that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-trainer-'));
  const base = join(folder, 'tiny');
  const dataDir = join(folder, 'data');
  let world: World;
  let fleet: Fleet;
  let key: string;
  let env: NodeJS.ProcessEnv;
  /** Posts that one word decides, no two alike. */
  const random = seeded(1);
  const texts = Array.from({ length: POSTS }, (_, i) => {
    const words = Array.from({ length: 6 }, () => WORDS[Math.floor(random() * WORDS.length)]!);
    return `${i % 2 === 0 ? 'bad old people' : 'good new friend'} ${words.join(' ')}`;
  });

  beforeAll(async () => {
    cpSync(TINY_BERT, base, { recursive: true, filter: (from) => !/adapter|json$/.test(from) || /config/.test(from) });
    await trainShared();
    key = await baseKey({ name: 'tiny', folder: base, adapters: new Map(), adaptersFolder: null });
    const address = { url: server!.url };
    const drop = () => server!.stop();
    world = await openWorld(() => Promise.resolve({ address, drop }), { key: Buffer.from(KEY, 'hex') });
    const { moderation } = world;
    await moderation.changeSettings(COMMUNITY, { threshold: 0 }, 'ada');
    await moderation.receive(texts.map((text, i) => post(`p${i}`, text)));
    await world.settle();
    await moderation.changeSettings(
      COMMUNITY,
      { threshold: 0.5, training: { state: 'local-only', permission: 'T-1' } },
      'ada',
    );
    await decideAll();
    env = {
      DATABASE_URL: address.url,
      EVENKEEL_KEY: KEY,
      EVENKEEL_BASE: base,
      EVENKEEL_DATA_DIR: dataDir,
      EVENKEEL_CACHE_DIR: join(folder, 'cache'),
      EVENKEEL_DEVICE: 'cpu',
      EVENKEEL_RETRAIN: 'off',
      EVENKEEL_TRAINING_THREADS: '1',
    };
    fleet = new Fleet(env);
    await fleet.start('trainer');
  }, 120_000);
  afterAll(async () => {
    await fleet.stop();
    await world.close();
    rmSync(folder, { recursive: true });
  });

  /** An adapter `multi` that knows nothing: a community's decisions teach it something. */
  async function trainShared(): Promise<void> {
    const rows = texts.slice(0, 8).map((text, i) => ({ text, label: (i >> 1) & 1 ? 1 : 0, language: 'en' }) as const);
    const options = {
      base,
      baseName: 'tiny',
      method: {
        lora: {
          r: 4,
          lora_alpha: 64,
          lora_dropout: 0,
          target_modules: ['query', 'value', 'intermediate.dense', 'output.dense'],
          use_rslora: false,
        },
      },
      data: [],
      dev: [],
      out: join(base, 'multi'),
      epochs: 1,
      batchPosts: 8,
      learningRate: 1e-4,
      warmup: 0,
      dropout: 0,
      weightDecay: 0,
      seed: 5,
      threads: 1,
      saveEvery: 1e9,
      dtype: 'F32',
    } as const;
    const posts = { examples: rows, dev: [] };
    const hooks = { onProgress: () => {}, onNote: () => {}, signal: new AbortController().signal };
    await runTraining(
      { kind: 'train', options: { ...options, method: structuredClone(options.method) }, posts } as never,
      hooks,
    );
  }

  async function decideAll(): Promise<void> {
    const cards = await rowsOf<{ flag: string; number: number }>(
      world.database.handle,
      sql`select f.id as flag, substr(m.external_id, 2)::int as number from flags f join messages m on m.id = f.message_id`,
    );
    for (const { flag, number } of cards) {
      const answer = number % 2 === 0 ? 'polarized' : 'not_polarized';
      await world.moderation.label({ community: COMMUNITY, flag, moderator: 'ada', answer });
    }
    await world.settle();
  }

  const count = async (what: ReturnType<typeof sql>): Promise<number> =>
    (await rowsOf<{ count: number }>(world.database.handle, sql`select count(*)::int as count from ${what}`))[0]!.count;

  /** Resolves once a trainer waits for a lock that is held here. */
  async function blocked(): Promise<void> {
    const waiting = sql`pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(() => count(waiting), PATIENCE).toBeGreaterThan(0);
  }
  const said = async (words: RegExp): Promise<void> => {
    const before = new Set(fleet.said);
    const isNew = (line: string): boolean => !before.has(line) && words.test(line);
    await expect.poll(() => fleet.said.some(isNew), PATIENCE).toBe(true);
  };

  /** Holds something in a transaction of its own until what is given is done. */
  const holding = (what: ReturnType<typeof sql>, then: () => Promise<void>): Promise<void> =>
    world.database.transaction(async (tx) => {
      await tx.execute(what);
      await then();
    });

  /** Each brings a trainer that was asked to the moment at which it is killed. */
  const MOMENTS: Record<string, () => Promise<void>> = {
    'just before its promotion is written': () =>
      holding(sql`lock table weekly_reports in access exclusive mode`, async () => {
        await ask();
        await blocked();
        expect(await count(sql`training_runs where finished_at is null`)).toBe(1);
        fleet.kill('trainer');
      }),
    'just after its promotion is written': async () => {
      const promoted = Promise.withResolvers<void>();
      const ear = await world.database.listen(ADAPTERS_CHANNEL, promoted.resolve);
      const { handle } = world.database;
      // It cannot tell the queue that it is done, however soon it would.
      await handle.execute(sql`create function keep_job() returns trigger language plpgsql as
        $$ begin raise exception 'killed before'; end $$`);
      await handle.execute(sql`create trigger keep_job before delete on pgboss.job
        for each row when (old.name = 'retrain' and old.data ? 'language') execute function keep_job()`);
      await ask();
      await promoted.promise;
      fleet.kill('trainer');
      await ear.close();
      await handle.execute(sql`drop function keep_job cascade`);
    },
    'in training': async () => {
      const reached = said(/epoch 2/);
      await ask();
      await reached;
      fleet.kill('trainer');
    },
    'in its snapshot': () =>
      holding(sql`lock table examples in access exclusive mode`, async () => {
        await ask();
        await blocked();
        fleet.kill('trainer');
      }),
    'before its gate': async () => {
      const reached = said(/held against what answers now/);
      await ask();
      await reached;
      fleet.kill('trainer');
    },
  };

  async function ask(): Promise<void> {
    expect(await world.moderation.retrain(COMMUNITY, 'ada')).toBe(true);
  }

  /** As before the first run: each has the same to learn. */
  const forgetRuns = (): Promise<void> =>
    world.database.transaction(async (tx) => {
      await tx.execute(sql`delete from training_runs`);
      await tx.execute(sql`delete from adapters`);
    });

  async function expectOneRun(): Promise<void> {
    expect(await count(sql`training_runs`)).toBe(1);
    expect(await count(sql`training_runs where outcome = 'promoted'`)).toBe(1);
    const versions = await findVersions(world.database.handle, key);
    expect(versions).toMatchObject([{ state: 'active', lesson: { outcome: 'promoted' } }]);
    expect(fleet.crashes).toEqual([]);
  }

  async function done(): Promise<void> {
    const waiting = sql`pgboss.job where name = 'retrain' and state < 'completed'`;
    await expect.poll(() => count(waiting), PATIENCE).toBe(0);
  }

  const names = Object.keys(MOMENTS);
  test.each(Array.from({ length: ROUNDS }, (_, round) => ({ round, moment: names[round % names.length]! })))(
    '$moment leaves one run and one candidate, which answers alone ($round)',
    { timeout: 200_000 },
    async ({ moment }) => {
      await forgetRuns();
      await MOMENTS[moment]!();
      await done();
      await expectOneRun();
      expect(await verifyLedgers(world.database.handle, key)).toMatchObject([{ intact: true, clean: true }]);
    },
  );

  test('frozen while another trains the same, and alive again, adds nothing', { timeout: 200_000 }, async () => {
    await forgetRuns();
    const reached = said(/epoch 1/);
    await ask();
    await reached;
    fleet.freeze('trainer', true);
    const { status, stdout } = await evenkeel(['retrain', '--now', '--json'], {
      ...env,
      EVENKEEL_DATA_DIR: join(folder, 'elsewhere'),
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lessons: [{ outcome: 'promoted' }] });
    fleet.freeze('trainer', false);
    await done();
    await expectOneRun();
    // What a run leaves on a disk goes when a trainer starts there, if another machine ended it.
    fleet.kill('trainer');
    await expect.poll(() => readdirSync(join(dataDir, 'training')), PATIENCE).toEqual([]);
    await expectOneRun();
  });

  test('asked again where there is nothing more to learn leaves what answers alone', { timeout: 200_000 }, async () => {
    await expectOneRun();
    const [before] = await findVersions(world.database.handle, key);
    await ask();
    await done();
    expect(await count(sql`training_runs where outcome = 'learned-nothing' and adapter_id is null`)).toBe(1);
    expect(await findVersions(world.database.handle, key)).toEqual([before]);
    const [report] = await world.moderation.reports(COMMUNITY, 1);
    expect(report!.lessons).toMatchObject([{ outcome: 'learned-nothing', version: null, refusals: [] }]);
  });
});
