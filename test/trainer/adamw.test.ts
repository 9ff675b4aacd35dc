import { describe, expect, test } from 'vitest';

import { clipScale, globalNorm } from '../../src/trainer/adamw.ts';

describe('clipping', () => {
  test('leaves small gradients alone and scales large ones to the limit', () => {
    const norm = globalNorm([Float32Array.of(3), Float32Array.of(0, 4)]);
    expect(norm).toBe(5);
    expect(clipScale(norm, 10)).toBe(1);
    expect(clipScale(norm, 1) * norm).toBeCloseTo(1, 5);
  });
});
