import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdapterBank } from '../../src/classifier/adapter-bank.ts';
import { score, type Post } from '../../src/classifier/scorer.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { buildInferenceGraph } from '../../src/model/inference-graph.ts';
import { PRECISIONS, servingBase, type Precision } from '../../src/model/serving-weights.ts';
import { openSession, type Session } from '../../src/model/session.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';
import { otherAdapter, referenceScore, tinyAdapter } from './tiny-base.ts';

let bank: AdapterBank;
const sessions = {} as Record<Precision, Session>;

beforeAll(async () => {
  const checkpoint = await openCheckpoint(TINY_BERT);
  const other = await otherAdapter(1, 2);
  bank = await AdapterBank.of(
    checkpoint.config,
    new Map([
      ['multi', await tinyAdapter('adapter')],
      ['en', await tinyAdapter('adapter-wide')],
      ['es', { ...other, calibration: { temperature: 1, thresholds: { es: 0.8 } } }],
      ['pt', other],
    ]),
  );
  for (const precision of PRECISIONS) {
    sessions[precision] = await openSession({
      name: 'the tiny BERT',
      model: buildInferenceGraph(servingBase(checkpoint, precision), { rank: 'rank', targets: bank.targets }),
      device: 'cpu',
      threads: 1,
      constants: bank.banks,
    });
  }
});
afterAll(async () => {
  for (const session of Object.values(sessions)) await session.close();
});

const fixturePost = (i: number, language: string): Post => ({
  language,
  windows: [Int32Array.from(bertReference.ids[i]!)],
});
const scores = async (posts: Post[], precision: Precision = 'fp32'): Promise<number[]> =>
  (await score(posts, bank, sessions[precision])).map((each) => each.score);

const anyPost: fc.Arbitrary<Post> = fc.record({
  language: fc.constantFrom('en', 'es', 'de', 'und'),
  windows: fc.array(
    fc.array(fc.integer({ min: 5, max: 203 }), { maxLength: 62 }).map((ids) => Int32Array.from([2, ...ids, 3])),
    { minLength: 1, maxLength: 3 },
  ),
});

describe('scores', () => {
  test.each(['adapter', 'adapter-wide'] as const)('are those of transformers with PEFT’s %s', async (adapter) => {
    const language = adapter === 'adapter' ? 'und' : 'en';
    const ours = await scores(bertReference.ids.map((_, i) => fixturePost(i, language)));
    ours.forEach((each, i) => expect(Math.abs(each - referenceScore(adapter, i))).toBeLessThan(3e-5));
  });

  test('are those of transformers with PEFT where a batch mixes adapters', async () => {
    const ours = await scores(bertReference.ids.flatMap((_, i) => [fixturePost(i, 'en'), fixturePost(i, 'und')]));
    bertReference.ids.forEach((_, i) => {
      expect(Math.abs(ours[2 * i]! - referenceScore('adapter-wide', i))).toBeLessThan(3e-5);
      expect(Math.abs(ours[2 * i + 1]! - referenceScore('adapter', i))).toBeLessThan(3e-5);
    });
  });

  test('of a language with a threshold are moved so that it becomes 0.5, others stay', async () => {
    const [spanish, portuguese] = await scores([fixturePost(0, 'es'), fixturePost(0, 'pt')]);
    const logit = (value: number): number => Math.log(value / (1 - value));
    expect(logit(spanish!)).toBeCloseTo(logit(portuguese!) - logit(0.8), 5);
  });

  test.each([
    ['int8', 0.05],
    ['fp16', 0.005],
  ] as const)('in %s are within %d of those', async (precision, tolerance) => {
    const posts = bertReference.ids.map((_, i) => fixturePost(i, 'en'));
    const [ours, exact] = [await scores(posts, precision), await scores(posts)];
    ours.forEach((each, i) => expect(Math.abs(each - exact[i]!)).toBeLessThan(tolerance));
    expect(ours).not.toEqual(exact);
  });

  // In int8 a rounding more or less could move a token's values by a step, so there the last bit has to be the same.
  test.each([
    ['fp32', 1e-5],
    ['int8', 0],
  ] as const)('in %s do not depend on the batch, its order or its adapters, to %d', async (precision, tolerance) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPost, { minLength: 1, maxLength: 24 }), async (posts) => {
        const together = await scores(posts, precision);
        const reversed = (await scores(posts.toReversed(), precision)).toReversed();
        for (const [i, post] of posts.entries()) {
          const [alone] = await scores([post], precision);
          expect(Math.abs(together[i]! - alone!)).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(reversed[i]! - alone!)).toBeLessThanOrEqual(tolerance);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('of a post in windows are its highest window’s', async () => {
    const windows = [0, 1, 2, 3].map((i) => Int32Array.from(bertReference.ids[i]!));
    const each = await scores(windows.map((window) => ({ language: 'en', windows: [window] })));
    const [whole] = await scores([{ language: 'en', windows }]);
    expect(Math.abs(whole! - Math.max(...each))).toBeLessThan(1e-5);
  });
});

test('verdicts say which adapter answered, in which version and why', async () => {
  const verdicts = await score(
    ['en', 'de', 'und'].map((language) => fixturePost(0, language)),
    bank,
    sessions.fp32,
  );
  const versions = bank.versions();
  expect(verdicts).toMatchObject([
    { language: 'en', adapter: 'en', adapterVersion: versions.get('en'), reason: 'language' },
    { language: 'de', adapter: 'multi', adapterVersion: versions.get('multi'), reason: 'shared' },
    { language: 'und', adapter: 'multi', adapterVersion: versions.get('multi'), reason: 'uncertain' },
  ]);
});
