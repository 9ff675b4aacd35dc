import type { Pack } from '../model/packing.ts';
import type { Random } from './random.ts';
import type { Batch } from './batch.ts';

export interface MaskingVocabulary {
  size: number;
  mask: number;
  /** Pieces below it are special: never masked, never drawn as a replacement. */
  firstPiece: number;
  /** 1 for a piece that continues a word (`##...`). */
  continues: Uint8Array;
  /** The pieces that are always candidates: the most frequent ones. */
  frequent: Int32Array;
  /** How many of the others are drawn as candidates for each batch. */
  sampled: number;
}

const MASKED_SHARE = 0.15;

/**
 * Masked-language-model targets (Devlin et al. 2019) with whole words masked: of the chosen words' pieces 80 % become
 * [MASK], 10 % another piece, 10 % stay. Changes `pack.inputIds`.
 */
export function maskWords(pack: Pack, vocabulary: MaskingVocabulary, random: Random): Batch {
  const { inputIds } = pack;
  const targets: number[] = [];
  const pieces: number[] = [];
  for (let i = 0; i < inputIds.length;) {
    let end = i + 1;
    if (inputIds[i]! < vocabulary.firstPiece) {
      i = end;
      continue;
    }
    while (end < inputIds.length && vocabulary.continues[inputIds[end]!]) end += 1;
    if (random() < MASKED_SHARE) {
      for (let k = i; k < end; k += 1) {
        targets.push(k);
        pieces.push(inputIds[k]!);
        const draw = random();
        if (draw < 0.8) inputIds[k] = vocabulary.mask;
        else if (draw < 0.9) inputIds[k] = randomPiece(vocabulary, random);
      }
    }
    i = end;
  }
  const candidates = drawCandidates(pieces, vocabulary, random);
  return {
    pack,
    targets: Int32Array.from(targets),
    labels: Int32Array.from(pieces, (piece) => candidates.places.get(piece)!),
    candidates,
  };
}

/** The frequent pieces, the batch's own answers, and a sample of the rest that stands for all of it. */
function drawCandidates(answers: readonly number[], vocabulary: MaskingVocabulary, random: Random) {
  const places = new Map<number, number>();
  const offsets: number[] = [];
  const add = (piece: number, offset: number): void => {
    if (places.has(piece)) return;
    places.set(piece, offsets.length);
    offsets.push(offset);
  };
  for (const piece of vocabulary.frequent) add(piece, 0);
  for (const piece of answers) add(piece, 0);
  const others = vocabulary.size - vocabulary.firstPiece - vocabulary.frequent.length;
  const drawn = Math.min(vocabulary.sampled, others);
  const offset = drawn > 0 ? Math.log(others / drawn) : 0;
  for (let i = 0; i < drawn; i += 1) add(randomPiece(vocabulary, random), offset);
  return { places, pieces: Int32Array.from(places.keys()), offsets: Float32Array.from(offsets) };
}

function randomPiece({ firstPiece, size }: MaskingVocabulary, random: Random): number {
  return firstPiece + Math.floor(random() * (size - firstPiece));
}
