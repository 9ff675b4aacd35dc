import { availableParallelism } from 'node:os';
import { AdapterBank } from '../../classifier/adapter-bank.ts';
import { Batcher } from '../../classifier/batcher.ts';
import { score, tokensOf, type Post } from '../../classifier/scorer.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { Adapter } from '../../model/adapter-files.ts';
import { UNCALIBRATED } from '../../model/calibration-file.ts';
import type { BertConfig } from '../../model/bert-config.ts';
import { buildInferenceGraph } from '../../model/inference-graph.ts';
import { createOrtSession, type OrtSession } from '../../model/ort.ts';
import { precisionOn } from '../../model/precision.ts';
import { servingBase, type Precision } from '../../model/serving-weights.ts';
import { openSession, type Session } from '../../model/session.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { configOf } from '../settings.ts';
import { seeded } from '../../trainer/random.ts';
import { atLeast, atMost, informing, quantile, type BenchFlags, type Figure } from './figure.ts';
import { buildPlainModel, paddedInputs } from './plain-model.ts';
import { POST_LENGTHS } from './post-lengths.ts';
import { MBERT } from '../../model/mbert.ts';
import { randomAdapter, randomWeights } from './random-base.ts';

/** mBERT's layers with fewer words: what a token costs does not depend on how many others there are. */
const CONFIG: BertConfig = { ...MBERT, vocab_size: 5000 };
const POSTS = 36;
/** So many sessions stand for one an adapter, in turn: more of mBERT's size do not fit into memory, and caches hold not even two. */
const SESSIONS = 6;
const ROUNDS = 9;
const SWAPS = 20;

/** Many adapters in one batch: what they cost against one, against a session each, and how one is replaced. */
export async function benchAdapters(flags: BenchFlags): Promise<Figure[]> {
  const threads = Number(flags.threads ?? availableParallelism());
  const precision = precisionOn('cpu', configOf(flags).precision);
  const weights = randomWeights(CONFIG);
  return [
    ...(await againstMerged(weights, precision, threads, { adapters: 3, rank: 64, target: 0.97 })),
    ...(await againstMerged(weights, precision, threads, { adapters: 1000, rank: 8, target: 0.95 })),
    ...(await againstSessions(weights, precision, threads, 64)),
    ...(await eachAlone(weights, threads)),
    ...(await swapping(weights, precision, threads)),
  ];
}

/** A session on the processor in this thread, as `score` takes it. */
async function localSession(
  weights: ReadonlyMap<string, Tensor>,
  precision: Precision,
  threads: number,
  targets: readonly string[],
): Promise<OrtSession> {
  const base = servingBase({ config: CONFIG, tensors: weights }, precision);
  return createOrtSession(buildInferenceGraph(base, { rank: 'rank', targets }), { threads });
}

function withBanks(session: OrtSession, bank: AdapterBank): Pick<Session, 'run'> {
  return { run: (feeds, fetches) => session.run({ ...bank.banks, ...feeds }, fetches) };
}

/** Posts of random tokens and real lengths, each for one of `names`, any one as likely. */
function posts(count: number, names: readonly string[], seed = 1): Post[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => ({
    language: names[Math.floor(random() * names.length)]!,
    windows: [
      Int32Array.from({ length: lengthOf(random) }, () => 200 + Math.floor(random() * (CONFIG.vocab_size - 200))),
    ],
  }));
}

function lengthOf(random: () => number): number {
  return POST_LENGTHS[Math.floor(random() * POST_LENGTHS.length)]!;
}

function adapter(rank: number, seed: number): Adapter {
  return { ...randomAdapter(CONFIG, rank, seed), calibration: UNCALIBRATED, version: `${seed}` };
}

async function bankOf(count: number, rank: number): Promise<{ bank: AdapterBank; names: string[] }> {
  const names = Array.from({ length: count }, (_, i) => `a${i}`);
  // Weights do not change the time, so a few sets of them do for a thousand adapters.
  const few = Array.from({ length: Math.min(count, 8) }, (_, i) => adapter(rank, i));
  const adapters = new Map(names.map((name, i) => [name, few[i % few.length]!]));
  return { bank: await AdapterBank.of(CONFIG, adapters.set('multi', few[0]!)), names };
}

/** Random adapters against a base that one adapter is merged into: a graph without any place for LoRA. */
async function againstMerged(
  weights: ReadonlyMap<string, Tensor>,
  precision: Precision,
  threads: number,
  { adapters, rank, target }: { adapters: number; rank: number; target: number },
): Promise<Figure[]> {
  const { bank, names } = await bankOf(adapters, rank);
  const mixed = withBanks(await localSession(weights, precision, threads, bank.targets), bank);
  const merged = await localSession(weights, precision, threads, []);
  const heads = Object.fromEntries(Object.entries(bank.banks).filter(([name]) => name.startsWith('classifier.')));
  const one = { run: (feeds: Parameters<Session['run']>[0]) => merged.run({ ...heads, ...feeds }, ['logits']) };
  const batch = posts(POSTS, names);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [lone, many] = [await timed(() => score(batch, bank, one)), await timed(() => score(batch, bank, mixed))];
    ratios.push(lone / many);
  }
  const against = `${POSTS} posts, ${precision}`;
  return [
    atLeast(target, {
      name: `${adapters} adapters of r ${rank}, a random one a post, against one merged`,
      value: quantile(ratios, 0.5),
      unit: 'x',
      against,
    }),
  ];
}

/**
 * One batch of all against a session an adapter, as servers without banks have it: the exported fp32 model with the adapter
 * merged, its posts padded to the longest.
 */
async function againstSessions(
  weights: ReadonlyMap<string, Tensor>,
  precision: Precision,
  threads: number,
  adapters: number,
): Promise<Figure[]> {
  const { bank, names } = await bankOf(adapters, 8);
  const session = withBanks(await localSession(weights, precision, threads, bank.targets), bank);
  const plain = buildPlainModel(CONFIG, weights, 'fp32');
  const sessions: OrtSession[] = [];
  for (let i = 0; i < SESSIONS; i += 1) sessions.push(await createOrtSession(plain, { threads }));
  const batch = posts(2 * adapters, names);
  const groups = [...Map.groupBy(batch, ({ language }) => language).values()].map((group) =>
    paddedInputs(group.map(({ windows }) => windows[0]!)),
  );
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const together = await timed(() => score(batch, bank, session));
    const apart = await timed(async () => {
      for (const [i, group] of groups.entries()) await sessions[i % SESSIONS]!.run(group);
    });
    ratios.push(apart / together);
  }
  for (const each of sessions) await each.release();
  return [
    atLeast(5, {
      name: `${adapters} adapters in one batch against a session each (fp32, padded), posts grouped`,
      value: quantile(ratios, 0.5),
      unit: 'x',
      against: `${batch.length} posts of ${groups.length} adapters, ${precision}`,
    }),
  ];
}

/** Ranks mixed: every adapter's logits in company against those in a bank of its own. */
async function eachAlone(weights: ReadonlyMap<string, Tensor>, threads: number): Promise<Figure[]> {
  const ranks = [1, 4, 8, 16, 64];
  const adapters = new Map(ranks.map((rank, i) => [`r${rank}`, adapter(rank, i)]));
  const bank = await AdapterBank.of(CONFIG, new Map([...adapters, ['multi', adapters.get('r8')!]]));
  const session = await localSession(weights, 'fp32', threads, bank.targets);
  const logits = async (of: AdapterBank, batch: readonly Post[]): Promise<Float32Array> => {
    let found = new Float32Array();
    await score(batch, of, {
      run: async (feeds) => {
        const outputs = await session.run({ ...of.banks, ...feeds }, ['logits']);
        found = outputs['logits']!.data as Float32Array<ArrayBuffer>;
        return outputs;
      },
    });
    return found;
  };
  const batch = posts(POSTS, [...adapters.keys()], 2);
  const together = await logits(bank, batch);
  let furthest = 0;
  for (const [i, post] of batch.entries()) {
    const own = await AdapterBank.of(CONFIG, new Map([['multi', adapters.get(post.language)!]]));
    const alone = await logits(own, [{ ...post, language: 'und' }]);
    for (const k of [0, 1]) furthest = Math.max(furthest, Math.abs(alone[k]! - together[2 * i + k]!));
  }
  await session.release();
  const against = `${batch.length} posts, ranks ${ranks.join(', ')}, fp32`;
  return [atMost(1e-4, { name: 'logits in company against the adapter alone', value: furthest, unit: '', against })];
}

/** An adapter replaced again and again while posts stream through it. */
async function swapping(
  weights: ReadonlyMap<string, Tensor>,
  precision: Precision,
  threads: number,
): Promise<Figure[]> {
  const versions = Array.from({ length: 4 }, (_, i) => adapter(8, 10 + i));
  const bank = await AdapterBank.of(CONFIG, new Map([['multi', versions[0]!]]));
  const session = await openSession({
    name: 'the benchmark',
    model: buildInferenceGraph(servingBase({ config: CONFIG, tensors: weights }, precision), {
      rank: 'rank',
      targets: bank.targets,
    }),
    device: 'cpu',
    threads,
    constants: bank.banks,
  });
  const batcher = new Batcher<Post, Verdict>({
    maxTokens: 4096,
    minTokens: 1024,
    latencyMs: 50,
    maxWaiting: 2000,
    workers: session.workers,
    cost: tokensOf,
    run: (batch) => score(batch, bank, session),
  });
  const stream = posts(SWAPS * POSTS, ['und'], 3);
  const took: number[] = [];
  let wrong = 0;
  let answered = 0;
  let acknowledged = versions[0]!.version;
  for (let i = 0; i < SWAPS; i += 1) {
    const answers = stream.slice(i * POSTS, (i + 1) * POSTS).map(async (post) => {
      const atLeastAsNew = acknowledged;
      const verdict = await batcher.submit(post);
      answered += 1;
      if (Number(verdict.adapterVersion) < Number(atLeastAsNew)) wrong += 1;
    });
    const next = { ...versions[(i + 1) % versions.length]!, version: `${100 + i}` };
    took.push(await timed(() => bank.put('multi', next, (banks) => session.setConstants(banks))));
    acknowledged = next.version;
    if (i % 4 === 3) await Promise.all(answers);
    else void Promise.all(answers);
  }
  await batcher.idle();
  await session.close();
  const against = `${SWAPS} swaps, ${stream.length} posts`;
  const size = [...versions[0]!.tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  return [
    atMost(5, { name: 'an adapter replaced while serving, p50', value: quantile(took, 0.5), unit: 'ms', against }),
    informing({ name: 'the longest of these', value: Math.max(...took), unit: 'ms', against }),
    informing({ name: 'weights of that adapter', value: size / 2 ** 20, unit: 'MiB', against: 'r 8' }),
    atMost(0, { name: 'posts dropped', value: stream.length - answered, unit: 'posts', against }),
    atMost(0, { name: 'posts answered by an older version than acknowledged', value: wrong, unit: 'posts', against }),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
