import { availableParallelism } from 'node:os';

import { openTokenizer } from '../../model/tokenizer.ts';
import { permutation, seeded } from '../../trainer/random.ts';
import { atLeast, atMost, informing, quantile, type BenchFlags, type Figure } from './figure.ts';
import { POST_LENGTHS } from './post-lengths.ts';
import { benchPosts } from './posts.ts';
import { startOurs, startPeer, type Trainee } from './trainees.ts';
import { MBERT } from '../../model/mbert.ts';

const BATCH = 16;
const STEPS = 8;
/** A model's first step takes memory from the system; the second is like those after it. */
const WARM_UP = 1;

interface Case {
  name: string;
  rank: number;
  speed: number;
  memory: number;
}

const CASES: readonly Case[] = [
  { name: 'LoRA r 8', rank: 8, speed: 2.5, memory: 0.6 },
  { name: 'LoRA r 64', rank: 64, speed: 2.5, memory: 0.6 },
  { name: 'full', rank: 0, speed: 2, memory: 1 },
];

/**
 * Training steps of mBERT's shape, random weights, batches of 16 posts. With --python the same batches through PyTorch and
 * PEFT on as many threads, one step of each in turn; ratios are medians over the batches.
 */
export async function benchTraining({ python, data, base, threads }: BenchFlags): Promise<Figure[]> {
  const batches = batchesOf(data === undefined ? POST_LENGTHS : await lengthsOf(data, base ?? 'adapters/mini'));
  const figures: Figure[] = [];
  for (const each of CASES) {
    const task = { rank: each.rank, threads: Number(threads ?? availableParallelism()), config: MBERT };
    const trainees = [await startOurs(task)];
    try {
      if (python !== undefined) trainees.push(await startPeer(python, task));
      figures.push(...figuresOf(each, await inTurn(trainees, batches)));
    } finally {
      await Promise.all(trainees.map((one) => one.stop()));
    }
  }
  return figures;
}

interface Measured {
  /** Of each batch after the warm-up. */
  seconds: number[];
  peakBytes: number;
}

async function inTurn(trainees: readonly Trainee[], batches: readonly number[][][]): Promise<Measured[]> {
  const measured = trainees.map((): Measured => ({ seconds: [], peakBytes: 0 }));
  for (const [i, posts] of batches.entries()) {
    for (const [k, trainee] of trainees.entries()) {
      const { seconds, peakBytes } = await trainee.step(posts);
      if (i >= WARM_UP) measured[k]!.seconds.push(seconds);
      measured[k]!.peakBytes = peakBytes;
    }
  }
  return measured;
}

function figuresOf({ name, rank, speed, memory }: Case, [ours, peer]: readonly Measured[]): Figure[] {
  const rate = BATCH / quantile(ours!.seconds, 0.5);
  const own = { name: `${name} step`, value: rate, unit: 'posts/s', against: 'PyTorch + PEFT' };
  const job = { name: '1,000 labels, 3 epochs', value: 3000 / rate, unit: 's', against: 'issue 4' };
  const peak = { name: `${name}, peak memory`, value: ours!.peakBytes / 1e6, unit: 'MB', against: 'PyTorch + PEFT' };
  const figures = [informing(own), informing(peak)];
  if (rank === 8) figures.push(atMost(90, job));
  if (!peer) return figures;
  const ratios = ours!.seconds.map((seconds, i) => peer.seconds[i]! / seconds);
  const against = `PyTorch + PEFT: ${(BATCH / quantile(peer.seconds, 0.5)).toPrecision(3)} posts/s, ${Math.round(peer.peakBytes / 1e6)} MB`;
  return [
    ...figures,
    atLeast(speed, { name: `${name} step, speed`, value: quantile(ratios, 0.5), unit: 'x', against }),
    atMost(memory, { name: `${name}, memory`, value: ours!.peakBytes / peer.peakBytes, unit: 'x', against }),
  ];
}

/** Posts of random pieces, frequent ones more often, of the lengths given in random order. */
function batchesOf(lengths: readonly number[]): number[][][] {
  const random = seeded(1);
  const count = (WARM_UP + STEPS) * BATCH;
  let order: number[] = [];
  const posts = Array.from({ length: count }, () => {
    if (order.length === 0) order = [...permutation(lengths.length, random)];
    return Array.from({ length: lengths[order.pop()!]! }, () => Math.floor(MBERT.vocab_size * random() ** 3));
  });
  return Array.from({ length: WARM_UP + STEPS }, (_, i) => posts.slice(i * BATCH, (i + 1) * BATCH));
}

async function lengthsOf(files: readonly string[], base: string): Promise<number[]> {
  const { encode } = await openTokenizer(base);
  const posts = await benchPosts(files);
  return posts.map(({ text }) => Math.min(encode(text).length, MBERT.max_position_embeddings));
}
