import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { locateBase } from '../../src/model/base.ts';
import { baseKey } from '../../src/model/base-key.ts';
import { retrain } from '../../src/pipeline/retrain.ts';
import { verifyLedgers } from '../../src/pipeline/ledger.ts';
import { watchAdapters } from '../../src/pipeline/watch.ts';
import { followAdapters } from '../../src/roles/adapter-feed.ts';
import { endRetention } from '../../src/roles/retention.ts';
import { openTrainer, runTrainer } from '../../src/roles/trainer.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { ServiceStack } from '../../src/runtime/service.ts';
import { promote, rollBack } from '../../src/pipeline/promotion.ts';
import { findVersions, recordAdapter } from '../../src/store/adapters.ts';
import { findFiles, storeFiles } from '../../src/store/adapter-store.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows, everyRow } from './tables.ts';
import { townPosts } from './town-posts.ts';
import { address, COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

const POSTS = townPosts(120);
const NAME = 'en-c1';
/** Training on a busy machine. */
const LONG = 240_000;

describeOnEachDatabase('a week of corrections', (create) => {
  let world: World;
  let classifier: Classifier;
  let key: string;
  const stack = new ServiceStack(SILENT);
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-retrain-'));
  const config = loadConfig({ EVENKEEL_TRAINING_THREADS: '1', EVENKEEL_RETRAIN: 'off' }, { dataDir, device: 'cpu' });

  beforeAll(async () => {
    const base = await locateBase(config);
    key = await baseKey(base);
    classifier = await openClassifier({ base: config.base, device: 'cpu', threads: 1 });
    world = await openWorld(create, { classify: classifier.classify });
    await followAdapters(stack, world.database, { classifier, base, baseKey: key }, SILENT);
    await runTrainer(stack, world, config, SILENT);
  });
  afterAll(async () => {
    await stack.stop();
    await world.close();
    await classifier.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const trained = () => world.queues.drained('retrain', 'cards-local');
  const versions = () => findVersions(world.database.handle, key, NAME);
  const served = () => classifier.adapters().get(NAME);

  test(
    'makes a version that its gate lets pass, which every classifier then serves to that community alone',
    { timeout: LONG },
    async () => {
      const { moderation } = world;
      await moderation.changeSettings(COMMUNITY, { threshold: 0 }, 'ada');
      const [last, ...first] = POSTS.map(({ text }, i) =>
        post(`p${i}`, text, { author: `author ${i % 40}` }),
      ).toReversed();
      await moderation.receive(first);
      await world.settle();
      await decideAll(first.length);
      expect(await moderation.retrain(COMMUNITY, 'ada')).toBe(false);
      await moderation.changeSettings(COMMUNITY, { training: { state: 'local-only', permission: 'T-1' } }, 'ada');
      // Without cards meanwhile: a version that flags far more than the one before would be refused.
      await moderation.changeSettings(COMMUNITY, { mode: 'observe', threshold: 0.5 }, 'ada');
      const parts = await openTrainer(world, config, SILENT);
      const target = { communityId: 1, language: 'en', cause: 'asked' } as const;
      const cut = new AbortController();
      const onNote = (note: string): void => {
        if (note.startsWith('epoch 1')) cut.abort();
      };
      await expect(retrain({ ...parts, onNote }, target, cut.signal)).rejects.toThrow('cut off');
      expect(await versions()).toEqual([]);

      // It is taken up again, by two trainers at once.
      const rival = retrain({ ...parts, folder: join(dataDir, 'elsewhere') }, target, stack.signal);
      expect(await moderation.retrain(COMMUNITY, 'ada')).toBe(true);
      await Promise.all([rival, trained()]);
      expect(await versions()).toHaveLength(1);
      expect(await countRows(world.database, 'training_runs')).toBe(1);

      const [version] = await versions();
      expect(version).toMatchObject({ state: 'active', lesson: { outcome: 'promoted', refusals: [] } });
      const [decisions] = version!.lesson!.comparisons;
      expect(decisions).toMatchObject({ holdout: 'decisions' });
      expect(decisions!.after).toBeGreaterThan(decisions!.before + 0.1);
      await expect.poll(served).toBe(version!.version);

      await moderation.changeSettings(COMMUNITY, { mode: 'review' }, 'ada');
      await moderation.receive([last!, post('elsewhere', last!.text, { community: 'village' })]);
      await world.settle();
      expect((await moderation.find(address(last!.message)))!.verdict).toMatchObject({
        adapter: NAME,
        adapterVersion: version!.version,
      });
      const stranger = await moderation.find(address('elsewhere', { community: 'village' }));
      expect(stranger!.verdict.adapter).not.toBe(NAME);

      const [report] = await moderation.reports(COMMUNITY, 5);
      expect(report!.lessons).toMatchObject([{ language: 'en', outcome: 'promoted', corrections: 119 }]);
      expect([...world.board.reports.values()]).toEqual([report]);
      expect(await moderation.reports({ ...COMMUNITY, community: 'village' }, 5)).toEqual([]);
      expect(await verifyLedgers(world.database.handle, key)).toMatchObject([
        { name: NAME, examples: 119, erased: [], intact: true, clean: true },
      ]);
    },
  );

  test('trains nothing again where nothing was decided since', async () => {
    await world.database.transaction((tx) => world.queues.sendMany(tx, 'retrain', [{ cause: 'schedule' }]));
    await trained();
    expect(await versions()).toHaveLength(1);
    expect(await countRows(world.database, 'training_runs')).toBe(2);
  });

  test('that flags far more than before is taken back by itself, in every classifier, and the channel is told', async () => {
    const { moderation, database, queues } = world;
    const village = { ...COMMUNITY, community: 'village' };
    await moderation.changeSettings(village, { mode: 'review', threshold: 0.5 }, 'ada');
    const say = async (polarized: boolean, name: string): Promise<void> => {
      const posts = townPosts(220, 2).filter((each) => each.polarized === polarized);
      await moderation.receive(posts.map(({ text }, i) => post(`${name}${i}`, text, { community: 'village' })));
      await world.settle();
    };
    const verdictOf = async (message: string) =>
      (await moderation.find(address(message, { community: 'village' })))!.verdict;
    await say(false, 'calm');
    const origin = await verdictOf('calm0');

    const [taught] = await versions();
    const communityId = await numberOf('village');
    const name = `en-c${communityId}`;
    const files = await findFiles(database.handle, taught!);
    const own = { base: key, name, version: taught!.version };
    const promoteIt = async (): Promise<void> => {
      await promote(database, own, { by: 'ada', force: false });
      await expect.poll(() => classifier.adapters().get(name), { timeout: 5000 }).toBe(own.version);
    };
    const lesson = { ...taught!.lesson!, adapter: name };
    const id = await recordAdapter(database.handle, own, {}, { communityId, lesson, ledger: 'x' });
    await storeFiles(database.handle, id, files);
    await promoteIt();
    await say(true, 'loud');
    expect(await verdictOf('loud0')).toMatchObject({ adapter: name, adapterVersion: own.version });

    await database.transaction((tx) => queues.sendMany(tx, 'watch', [{}]));
    await queues.drained('watch', 'cards-local');
    await expect.poll(() => classifier.adapters().get(name), { timeout: 5000 }).toBeUndefined();
    const [report] = await moderation.reports(village, 1);
    expect(report!.lessons).toMatchObject([{ outcome: 'rolled-back', why: 'flags', version: own.version }]);
    expect([...world.board.reports.values()]).toContainEqual(report);
    await moderation.receive([post('after', 'The neighbours talk', { community: 'village' })]);
    await world.settle();
    expect(await verdictOf('after')).toMatchObject({ adapterVersion: origin.adapterVersion });

    // By hand, while posts come.
    await promoteIt();
    const saying = say(false, 'meanwhile');
    await database.transaction((tx) => rollBack(tx, own, { by: 'ada', why: 'asked' }));
    await expect.poll(() => classifier.adapters().get(name), { timeout: 5000 }).toBeUndefined();
    await saying;
    const known = new Set([origin.adapterVersion, own.version]);
    for (let i = 0; i < 110; i += 1) expect(known).toContain((await verdictOf(`meanwhile${i}`)).adapterVersion);
    await moderation.purge(village);
  });

  test('leaves no text in the clear in any table, nor any in the folder of runs', async () => {
    const rows = await everyRow(world.database);
    expect(
      rows.filter(({ row }) => /harbour|neighbours/.test(row) || row.includes(Buffer.from('harbour').toString('hex'))),
    ).toEqual([]);
  });

  test(
    'that a person takes back is named in the ledger, and the next version is without it',
    { timeout: LONG },
    async () => {
      const { moderation } = world;
      const before = served();
      expect(await moderation.personalData(COMMUNITY, 'author 3')).toMatchObject({ examples: 3 });
      expect(await moderation.exportPersonalData(COMMUNITY, 'author 3')).toContain(`${NAME} ${before}`);
      await moderation.forget(COMMUNITY, 'author 3');
      await moderation.setOptOut(COMMUNITY, 'author 4', true);
      await moderation.remove([address('p5')]);
      const [old] = await verifyLedgers(world.database.handle, key);
      expect(old).toMatchObject({ clean: false, intact: true });
      expect(old!.erased).toHaveLength(7);

      await watchAdapters({ ...world, baseKey: key });
      await trained();
      await expect.poll(served).not.toBe(before);
      const [next, marked] = await verifyLedgers(world.database.handle, key);
      expect(marked).toMatchObject({ version: before, clean: false });
      expect(next).toMatchObject({ clean: true, intact: true, erased: [], examples: 112 });
      await watchAdapters({ ...world, baseKey: key });
      // Nobody can go back to what learned from them.
      const files = (await everyRow(world.database)).filter(({ table }) => table === 'public.adapter_files');
      expect(files.filter(({ row }) => row.includes('adapter_model.safetensors'))).toHaveLength(1);
    },
  );

  test('whose texts end with their term keeps its version: nobody asked for that', async () => {
    const before = served();
    await endRetention(world, new Date(Date.now() + 31 * 86_400_000));
    await world.settle();
    expect(await countRows(world.database, 'examples')).toBe(0);
    const [proof] = await verifyLedgers(world.database.handle, key);
    expect(proof).toMatchObject({ clean: true, intact: true, erased: [], expired: 112 });
    await watchAdapters({ ...world, baseKey: key });
    await trained();
    expect(served()).toBe(before);
  });

  test('is gone with its community, versions and reports included', async () => {
    await world.moderation.purge(COMMUNITY);
    for (const table of ['adapters', 'adapter_files', 'adapter_examples', 'training_runs', 'weekly_reports'])
      expect(await countRows(world.database, table)).toBe(0);
    await expect.poll(served, { timeout: 5000 }).toBeUndefined();
  });

  async function numberOf(community: string): Promise<number> {
    const found = sql`select id from communities where external_id = ${community}`;
    return (await rowsOf<{ id: number }>(world.database.handle, found))[0]!.id;
  }

  /** Two moderators, and one who is wrong every time, whom a second careful one outvotes. */
  async function decideAll(count: number): Promise<void> {
    const cards = await world.moderation.queue({ community: COMMUNITY, limit: 500 });
    expect(cards).toHaveLength(count);
    const truth = new Map(POSTS.map(({ text, polarized }) => [text, polarized]));
    for (const [place, { flag, text }] of cards.entries()) {
      const right = truth.get(text!)! ? 'polarized' : 'not_polarized';
      const wrong = truth.get(text!)! ? 'not_polarized' : 'polarized';
      const answers =
        place % 4 === 0
          ? ([
              ['mo', right],
              ['sly', wrong],
              ['ada', right],
            ] as const)
          : ([['mo', right]] as const);
      for (const [moderator, answer] of answers)
        await world.moderation.label({ community: COMMUNITY, flag, moderator, answer });
    }
    await world.settle();
  }
});
