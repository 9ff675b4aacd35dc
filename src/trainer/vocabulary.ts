import type { TokenSource } from './token-source.ts';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
export const SPECIAL_COUNT = SPECIAL.length;

/** A smaller vocabulary, and where each piece of the larger one went. */
export interface PrunedVocabulary {
  pieces: string[];
  /** Old id to new id; pieces left out become [UNK]. */
  mapping: Int32Array;
  /** How often each new piece occurs, each source weighted as it is drawn. */
  frequency: Float64Array;
}

/**
 * The pieces of a WordPiece vocabulary that a corpus uses, at most `size`: the special tokens, every single character that
 * occurs (so that no word of these scripts is unknown), then the most frequent pieces, in the vocabulary's own order.
 */
export function pruneVocabulary(
  pieces: readonly string[],
  sources: readonly TokenSource[],
  exponent: number,
  size: number,
): PrunedVocabulary {
  const counts = new Float64Array(pieces.length);
  for (const { tokens } of sources) {
    const weight = tokens.length ** (exponent - 1);
    for (const id of tokens) counts[id]! += weight;
  }
  const special = SPECIAL.map((piece) => pieces.indexOf(piece));
  const isSpecial = new Set(special);
  const ids = pieces.map((_, id) => id).filter((id) => counts[id]! > 0 && !isSpecial.has(id));
  const isCharacter = (id: number): boolean => /^(?:##)?.$/u.test(pieces[id]!);
  const ranked = ids.sort((a, b) => Number(isCharacter(b)) - Number(isCharacter(a)) || counts[b]! - counts[a]!);
  const kept = ranked.slice(0, size - special.length).sort((a, b) => a - b);
  const mapping = new Int32Array(pieces.length).fill(SPECIAL.indexOf('[UNK]'));
  const order = [...special, ...kept];
  order.forEach((old, id) => (mapping[old] = id));
  return {
    pieces: order.map((id) => pieces[id]!),
    mapping,
    frequency: Float64Array.from(order, (id) => counts[id]!),
  };
}
