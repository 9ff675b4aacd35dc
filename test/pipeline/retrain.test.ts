import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { locateBase } from '../../src/model/base.ts';
import { baseKey } from '../../src/model/base-key.ts';
import { verifyLedgers } from '../../src/pipeline/ledger.ts';
import { watchAdapters } from '../../src/pipeline/watch.ts';
import { followAdapters } from '../../src/roles/adapter-feed.ts';
import { endRetention } from '../../src/roles/retention.ts';
import { runTrainer } from '../../src/roles/trainer.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { ServiceStack } from '../../src/runtime/service.ts';
import { findVersions } from '../../src/store/adapters.ts';
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
      expect(await moderation.retrain(COMMUNITY, 'ada')).toBe(true);
      await trained();

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
