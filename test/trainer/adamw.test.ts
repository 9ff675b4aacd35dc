import { describe, expect, test } from 'vitest';

import { ADAMW_DEFAULTS, adamWRowsStep, adamWStep, clipScale, globalNorm } from '../../src/trainer/adamw.ts';

const moments = (size: number) => ({ first: new Float32Array(size), second: new Float32Array(size) });

describe('AdamW over rows', () => {
  test('moves rows with a gradient as AdamW does, and leaves the others and their moments alone', () => {
    const gradient = Float32Array.of(0.1, -0.2, 0, 0, 0, 0.3);
    const [dense, sparse] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(1, 2, 3, 4, 5, 6)];
    const [denseMoments, sparseMoments] = [moments(6), moments(6)];
    for (let step = 1; step <= 3; step += 1) {
      adamWStep(dense, gradient, denseMoments, step, 0.1, ADAMW_DEFAULTS);
      adamWRowsStep(sparse, gradient, sparseMoments, 2, step, 0.1, ADAMW_DEFAULTS);
    }
    expect([...sparse.subarray(2, 4)]).toEqual([3, 4]);
    expect([...sparseMoments.first.subarray(2, 4)]).toEqual([0, 0]);
    for (const i of [0, 1, 4, 5]) expect(sparse[i]).toBe(dense[i]);
  });
});

describe('clipping', () => {
  test('leaves small gradients alone and scales large ones to the limit', () => {
    const norm = globalNorm([Float32Array.of(3), Float32Array.of(0, 4)]);
    expect(norm).toBe(5);
    expect(clipScale(norm, 10)).toBe(1);
    expect(clipScale(norm, 1) * norm).toBeCloseTo(1, 5);
  });
});
