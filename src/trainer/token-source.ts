import { permutation, type Random } from './random.ts';

/** Token sequences end to end: sequence i is tokens[starts[i] .. starts[i + 1]). */
export interface TokenSource {
  name: string;
  tokens: Int32Array;
  starts: Int32Array;
}

/** `encode` gives [CLS] ... [SEP]; longer sequences than `limit` are cut into several, each with both. */
export function tokenSource(
  name: string,
  texts: readonly string[],
  encode: (text: string) => Int32Array,
  limit: number,
): TokenSource {
  const sequences = texts.flatMap((text) => splitLong(encode(text), limit)).filter(({ length }) => length > 3);
  const tokens = new Int32Array(sequences.reduce((sum, { length }) => sum + length, 0));
  const starts = new Int32Array(sequences.length + 1);
  sequences.forEach((sequence, i) => {
    tokens.set(sequence, starts[i]);
    starts[i + 1] = starts[i]! + sequence.length;
  });
  return { name, tokens, starts };
}

function splitLong(ids: Int32Array, limit: number): Int32Array[] {
  if (ids.length <= limit) return [ids];
  const parts: Int32Array[] = [];
  for (let start = 1; start < ids.length - 1; start += limit - 2) {
    const inner = ids.subarray(start, Math.min(start + limit - 2, ids.length - 1));
    parts.push(Int32Array.of(ids[0]!, ...inner, ids.at(-1)!));
  }
  return parts;
}

/**
 * Draws sequences for ever: a source with a chance proportional to its size to the power of `exponent` (below 1, small
 * languages are seen more often than their share; Devlin's mBERT used 0.7), inside it each sequence once a round.
 */
export function* drawSequences(
  sources: readonly TokenSource[],
  exponent: number,
  random: Random,
): Generator<Int32Array, never> {
  const weights = sources.map(({ tokens }) => tokens.length ** exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const rounds = sources.map(() => ({ order: permutation(0, random), next: 0 }));
  for (;;) {
    let pick = random() * total;
    let index = weights.findIndex((weight) => (pick -= weight) < 0);
    if (index < 0) index = sources.length - 1;
    const source = sources[index]!;
    const round = rounds[index]!;
    if (round.next === round.order.length) {
      round.order = permutation(source.starts.length - 1, random);
      round.next = 0;
    }
    const sequence = round.order[round.next]!;
    round.next += 1;
    yield source.tokens.slice(source.starts[sequence], source.starts[sequence + 1]);
  }
}
