import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdapterBank } from '../../src/classifier/adapter-bank.ts';
import { score, type Post } from '../../src/classifier/scorer.ts';
import { buildInferenceGraph } from '../../src/model/inference-graph.ts';
import type { Adapter } from '../../src/model/adapter-files.ts';
import { servingBase } from '../../src/model/serving-weights.ts';
import { openSession, type Session } from '../../src/model/session.ts';
import { numbers, randomAdapter, randomWeights, SMALL } from './random-base.ts';

/** Ranks mixed, so that banks are padded. */
const RANKS = [1, 2, 4, 8, 16, 64];
const adapters = new Map<string, Adapter>([
  ['multi', randomAdapter(SMALL, 100, 8)] as const,
  ...Array.from({ length: 40 }, (_, i) => [`a${i}`, randomAdapter(SMALL, i, RANKS[i % RANKS.length]!)] as const),
]);

let bank: AdapterBank;
const sessions: Partial<Record<'fp32' | 'int8', Session>> = {};

beforeAll(async () => {
  bank = await AdapterBank.of(SMALL, adapters);
  for (const precision of ['fp32', 'int8'] as const) {
    const base = servingBase({ config: SMALL, tensors: randomWeights(SMALL, 7) }, precision);
    sessions[precision] = await openSession({
      name: 'a random BERT',
      model: buildInferenceGraph(base, { rank: 'rank', targets: bank.targets }),
      device: 'cpu',
      threads: 2,
      constants: bank.banks,
    });
  }
});
afterAll(async () => {
  for (const session of Object.values(sessions)) await session.close();
});

/** Every eighth is long: from half a product's block of columns to all that the model reads. */
function posts(count: number): Post[] {
  const next = numbers(3);
  return Array.from({ length: count }, (_, i) => {
    const length = i % 8 === 0 ? 130 + ((i * 37) % 382) : 4 + ((i * 13) % 60);
    const window = Int32Array.from({ length }, () => Math.floor((next() + 0.5) * SMALL.vocab_size));
    return { language: `a${(i * 7) % 40}`, windows: [window] };
  });
}

test('each post is answered by its own adapter, as by that adapter in a bank of its own', async () => {
  const all = posts(40);
  const together = await score(all, bank, sessions.fp32!);
  for (const [i, post] of all.entries()) {
    const adapter = adapters.get(post.language)!;
    const alone = await AdapterBank.of(SMALL, new Map([['multi', adapter]]));
    const session = { run: (feeds: Parameters<Session['run']>[0]) => runWith(alone, feeds) };
    const [expected] = await score([{ ...post, language: 'und' }], alone, session);
    expect(together[i]!.adapter).toBe(post.language);
    expect(Math.abs(together[i]!.score - expected!.score)).toBeLessThan(1e-5);
  }
});

/** The same graph on another bank: feeds of a run come after the session's constants. */
const runWith = (other: AdapterBank, feeds: Parameters<Session['run']>[0]): ReturnType<Session['run']> =>
  sessions.fp32!.run({ ...other.banks, ...feeds }, ['logits']);

test.each([
  ['fp32', 1e-5],
  ['int8', 0],
] as const)(
  'in %s a score is the same alone and in any batch, long posts and short, to %d',
  async (precision, most) => {
    const all = posts(96);
    const session = sessions[precision]!;
    const alone: number[] = [];
    for (const post of all) alone.push((await score([post], bank, session))[0]!.score);
    for (const size of [3, 16, 96]) {
      for (let start = 0; start < all.length; start += size) {
        const verdicts = await score(all.slice(start, start + size), bank, session);
        verdicts.forEach((verdict, i) => {
          expect(Math.abs(verdict.score - alone[start + i]!)).toBeLessThanOrEqual(most);
        });
      }
    }
  },
);
