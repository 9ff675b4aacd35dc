import type { Batch } from './batch.ts';

/** The pieces that some batches use, each once, and the batches with their place among these instead of their id. */
export interface UsedPieces {
  pieces: Int32Array;
  batches: Batch[];
}

/** A step reads and changes few rows of the word embeddings: these are all that it needs to be given. */
export function usedPieces(batches: readonly Batch[]): UsedPieces {
  const places = new Map<number, number>();
  const placesOf = (ids: Int32Array): Int32Array =>
    ids.map((id) => {
      let place = places.get(id);
      if (place === undefined) places.set(id, (place = places.size));
      return place;
    });
  const renumbered = batches.map((batch) => ({
    ...batch,
    pack: { ...batch.pack, inputIds: placesOf(batch.pack.inputIds) },
    ...(batch.candidates && { candidates: { ...batch.candidates, pieces: placesOf(batch.candidates.pieces) } }),
  }));
  return { pieces: Int32Array.from(places.keys()), batches: renumbered };
}

/** [rows, size] of a table [..., size]. */
export function gatherRows(table: Float32Array, rows: Int32Array, size: number): Float32Array {
  const gathered = new Float32Array(rows.length * size);
  rows.forEach((row, i) => gathered.set(table.subarray(row * size, (row + 1) * size), i * size));
  return gathered;
}
