import { float32, sizeOf, type Tensor } from '../onnx/tensor.ts';
import { seeded } from './random.ts';

/**
 * Dropout masks for one probability, as windows into a pool of random numbers made once: a step's mask depends only on
 * the seeds given, so a resumed run drops the same values, and drawing one costs nothing.
 */
export function dropoutPool(probability: number, seed: number, size = 1 << 18) {
  const random = seeded(seed, Math.round(probability * 1e6));
  const keep = 1 / (1 - probability);
  let pool = fill(size);

  function fill(count: number): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 1) values[i] = random() < probability ? 0 : keep;
    return values;
  }

  return (shape: readonly number[], ...seeds: readonly number[]): Tensor => {
    const count = sizeOf(shape);
    // Twice the window, or every mask of that size would be nearly the same.
    if (pool.length < 2 * count) {
      const grown = new Float32Array(4 * count);
      grown.set(pool);
      grown.set(fill(grown.length - pool.length), pool.length);
      pool = grown;
    }
    const start = Math.floor(seeded(seed, ...seeds)() * (pool.length - count));
    return float32(shape, pool.subarray(start, start + count));
  };
}
