import type { BertConfig } from '../model/bert-config.ts';
import { pack, type Pack } from '../model/packing.ts';
import { permutation, seeded } from './random.ts';
import type { Batch } from './batch.ts';
import type { TaughtExample } from './taught-examples.ts';
import type { TrainingSession } from './training-session.ts';

/** A labelled post as tokens, cut to what the model can read at once. */
export interface EncodedExample {
  tokens: Int32Array;
  label: 0 | 1;
  /** What training takes for the label instead: the probability of 1. */
  target?: number;
  language: string;
}

/** Hides a share of the pieces, as the language model knows them hidden. */
export interface WordDropout {
  share: number;
  /** The id of [MASK]. */
  mask: number;
  seed: number;
}

/** Tokens that are scored at once: no activations are kept for a backward pass. */
const SCORED_TOKENS = 4096;

/** Tokens of one micro-batch: bounds the activations that a step holds in memory, some 60 floats a token, layer and unit. */
export function microBatchTokens({ hidden_size: hidden, num_hidden_layers: layers }: BertConfig): number {
  return Math.max(256, Math.min(4096, Math.round(2 ** 24 / (hidden * layers))));
}

/** Rows to consider: about this long at most, with this share of room for what does not fit exactly. */
const LONGEST_ROW = 256;
const SLACK = 0.02;
/** The row length at which attention costs as much as the linear layers, of a BERT of mBERT's width on two cores. */
const ATTENTION_LENGTH = 1024;

export function encodeExamples(
  examples: readonly TaughtExample[],
  encode: (text: string) => Int32Array,
  longest: number,
): EncodedExample[] {
  return examples.map(({ text, label, language, target }) => {
    const whole = encode(text);
    const tokens = whole.length > longest ? Int32Array.of(...whole.subarray(0, longest - 1), whole.at(-1)!) : whole;
    return { tokens, label, language, ...(target !== undefined && { target }) };
  });
}

/** The order in which an epoch takes its examples; the same for the same seed, whatever came before. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return permutation(count, seeded(seed, 2, epoch));
}

/** The examples at `indices` as the micro-batches of one step. */
export function stepBatches(
  examples: readonly EncodedExample[],
  weights: Float32Array,
  indices: Iterable<number>,
  microTokens: number,
): Batch[] {
  return microBatches([...indices], examples, microTokens).map((part) =>
    withTargets(
      batchOf(part.map((i) => examples[i]!)),
      part.map((i) => examples[i]!),
      Float32Array.from(part, (i) => weights[i]!),
    ),
  );
}

/** A probability as target is both labels at once, each with its part of the weight. */
function withTargets(batch: Batch, examples: readonly EncodedExample[], weights: Float32Array): Batch {
  if (examples.every(({ target }) => target === undefined)) return { ...batch, weights };
  const share = (label: number, i: number): number => {
    const { target = examples[i]!.label } = examples[i]!;
    return weights[i]! * (label === 1 ? target : 1 - target);
  };
  return {
    ...batch,
    targets: Int32Array.of(...batch.targets, ...batch.targets),
    labels: Int32Array.from({ length: 2 * examples.length }, (_, i) => Number(i >= examples.length)),
    weights: Float32Array.from({ length: 2 * examples.length }, (_, i) =>
      i < examples.length ? share(0, i) : share(1, i - examples.length),
    ),
  };
}

/** The examples of a step with some pieces hidden: others at each step, the same for the same seed. [CLS] and [SEP] stay. */
export function hideWords(
  examples: readonly EncodedExample[],
  indices: Uint32Array,
  step: number,
  { share, mask, seed }: WordDropout,
): EncodedExample[] {
  const random = seeded(seed, 4, step);
  return Array.from(indices, (i) => {
    const example = examples[i]!;
    const { length } = example.tokens;
    const tokens = example.tokens.map((token, k) => (k > 0 && k < length - 1 && random() < share ? mask : token));
    return { ...example, tokens };
  });
}

/** How far each example lies on the side of label 1: the difference of its logits. */
export async function marginsOf(
  session: Pick<TrainingSession, 'logits'>,
  examples: readonly EncodedExample[],
): Promise<Float64Array> {
  const margins = new Float64Array(examples.length);
  // Posts of about one length pack best; the order does not change a score.
  const all = examples
    .map((_, i) => i)
    .sort((a, b) => examples[a]!.tokens.length - examples[b]!.tokens.length || a - b);
  for (const indices of microBatches(all, examples, SCORED_TOKENS)) {
    const logits = await session.logits(batchOf(indices.map((i) => examples[i]!)));
    indices.forEach((index, i) => {
      margins[index] = logits[2 * i + 1]! - logits[2 * i]!;
    });
  }
  return margins;
}

function batchOf(examples: readonly EncodedExample[]): Batch {
  const packed = tightest(examples.map(({ tokens }) => tokens));
  return { pack: packed, targets: packed.firstTokens, labels: Int32Array.from(examples, ({ label }) => label) };
}

/** The packing that costs least: attention costs a token more the longer its row is, and padding costs all of a token. */
function tightest(sequences: readonly Int32Array[]): Pack {
  const longest = sequences.reduce((length, tokens) => Math.max(length, tokens.length), 0);
  const total = sequences.reduce((sum, { length }) => sum + length, 0);
  let best: { packed: Pack; cost: number } | null = null;
  for (let rows = Math.max(1, Math.floor(total / LONGEST_ROW)); rows <= sequences.length; rows += 1) {
    const rowLength = Math.max(longest, Math.ceil((total * (1 + SLACK)) / rows));
    const packed = pack(sequences, rowLength);
    const cost = packed.inputIds.length * (1 + rowLength / ATTENTION_LENGTH);
    if (!best || cost < best.cost) best = { packed, cost };
    if (rowLength === longest) break;
  }
  return best!.packed;
}

function microBatches(indices: readonly number[], examples: readonly EncodedExample[], tokens: number): number[][] {
  const groups: number[][] = [];
  let room = 0;
  for (const index of indices) {
    const { length } = examples[index]!.tokens;
    if (groups.length === 0 || length > room) {
      groups.push([]);
      room = tokens;
    }
    groups.at(-1)!.push(index);
    room -= length;
  }
  return groups;
}
