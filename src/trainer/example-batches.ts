import type { Example } from '../domain/example.ts';
import { pack } from '../model/packing.ts';
import { permutation, seeded } from './random.ts';
import type { Batch, TrainingSession } from './training-session.ts';

/** A labelled post as tokens, cut to what the model can read at once. */
export interface EncodedExample {
  tokens: Int32Array;
  label: 0 | 1;
  language: string;
}

/** Tokens of one micro-batch: bounds the activations that a step holds in memory. */
const MICRO_BATCH_TOKENS = 4096;
const ROW_LENGTH = 128;

export function encodeExamples(
  examples: readonly Example[],
  encode: (text: string) => Int32Array,
  longest: number,
): EncodedExample[] {
  return examples.map(({ text, label, language }) => {
    const tokens = encode(text);
    if (tokens.length > longest) {
      const end = tokens.at(-1)!;
      return { tokens: Int32Array.of(...tokens.subarray(0, longest - 1), end), label, language };
    }
    return { tokens, label, language };
  });
}

/** The micro-batches of one step of one epoch; the same for the same seed, whatever came before. */
export function epochBatches(
  examples: readonly EncodedExample[],
  weights: Float32Array,
  { batchPosts, seed }: { batchPosts: number; seed: number },
  epoch: number,
  step: number,
): Batch[] {
  const order = permutation(examples.length, seeded(seed, 2, epoch));
  const chosen = [...order.subarray(step * batchPosts, (step + 1) * batchPosts)];
  return microBatches(chosen, examples).map((indices) => ({
    ...batchOf(indices.map((i) => examples[i]!)),
    weights: Float32Array.from(indices, (i) => weights[i]!),
  }));
}

/** Probability of label 1 for each example. */
export async function scoreExamples(
  session: Pick<TrainingSession, 'logits'>,
  examples: readonly EncodedExample[],
): Promise<Float64Array> {
  const scores = new Float64Array(examples.length);
  const all = examples.map((_, i) => i);
  for (const indices of microBatches(all, examples)) {
    const logits = await session.logits(batchOf(indices.map((i) => examples[i]!)));
    indices.forEach((index, i) => {
      scores[index] = 1 / (1 + Math.exp(logits[2 * i]! - logits[2 * i + 1]!));
    });
  }
  return scores;
}

function batchOf(examples: readonly EncodedExample[]): Batch {
  const longest = examples.reduce((length, { tokens }) => Math.max(length, tokens.length), 0);
  const packed = pack(
    examples.map(({ tokens }) => tokens),
    Math.max(longest, ROW_LENGTH),
  );
  return { pack: packed, targets: packed.firstTokens, labels: Int32Array.from(examples, ({ label }) => label) };
}

function microBatches(indices: readonly number[], examples: readonly EncodedExample[]): number[][] {
  const groups: number[][] = [];
  let room = 0;
  for (const index of indices) {
    const { length } = examples[index]!.tokens;
    if (groups.length === 0 || length > room) {
      groups.push([]);
      room = MICRO_BATCH_TOKENS;
    }
    groups.at(-1)!.push(index);
    room -= length;
  }
  return groups;
}
