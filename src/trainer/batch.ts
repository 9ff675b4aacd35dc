import type { Pack } from '../model/packing.ts';

/** Packed sequences with what is to be predicted at some of their tokens. */
export interface Batch {
  pack: Pack;
  /** Flat indices of the tokens that are classified. */
  targets: Int32Array;
  /** A class for each target; for the language model a place among the candidates. */
  labels: Int32Array;
  /** What each target counts for against the others. Default 1. */
  weights?: Float32Array;
  /** Language model only: the pieces that a target may be, and what is added to their scores (bert.ts). */
  candidates?: { pieces: Int32Array; offsets: Float32Array };
}
