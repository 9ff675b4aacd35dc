import { describe, expect, test } from 'vitest';

import { sigmoid } from '../../src/trainer/calibration.ts';
import { comparisonRows } from '../../src/trainer/comparison.ts';
import type { CellResult } from '../../src/trainer/comparison-cell.ts';

/** 200 margins in [-4, 4] whose true temperature is 2.5, from Park and Miller's generator. */
function sample(factor = 1): { margins: number[]; labels: number[] } {
  let state = 11;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const margins: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const margin = 8 * next() - 4;
    margins.push(factor * margin);
    labels.push(next() < sigmoid(margin / 2.5) ? 1 : 0);
  }
  return { margins, labels };
}

function cell(seed: number, scored: { margins: number[]; labels: number[] }): CellResult {
  return {
    approach: 'lora',
    seed,
    architecture: 'BERT',
    parameters: { trained: 1, total: 100 },
    bytes: 4,
    peakBytes: 100 * seed,
    seconds: seed,
    tests: [{ name: 'it', zeroShot: true, ...scored }],
  };
}

describe('a row of the comparison', () => {
  test('has the macro-F1 of scikit-learn, and the interval of scipy (percentile bootstrap) up to chance', () => {
    const [row] = comparisonRows([cell(1, sample())]);
    const { macroF1, interval, deviation, zeroShot, posts } = row!.tests[0]!;
    expect(macroF1).toBeCloseTo(0.696969696969697, 12);
    expect(interval[0]).toBeCloseTo(0.6323, 1.9);
    expect(interval[1]).toBeCloseTo(0.7594, 1.9);
    expect({ deviation, zeroShot, posts }).toEqual({ deviation: null, zeroShot: true, posts: 200 });
  });

  test('is the mean of its seeds, with their spread and the most memory of any', () => {
    const { labels } = sample();
    const right = labels.map((label) => (label === 1 ? 1 : -1));
    const [row] = comparisonRows([
      cell(1, { margins: right, labels }),
      cell(2, { margins: right.map((m) => -m), labels }),
    ]);
    const { macroF1, deviation } = row!.tests[0]!;
    expect(macroF1).toBe(0.5);
    expect(deviation).toBeCloseTo(Math.SQRT1_2, 12);
    expect(row).toMatchObject({ seconds: 1.5, peakBytes: 200, seeds: [1, 2] });
  });

  test('holds a calibration error that does not depend on how steep the margins are', () => {
    const [plain] = comparisonRows([cell(1, sample())]);
    const [steep] = comparisonRows([cell(1, sample(6))]);
    expect(plain!.tests[0]!.ece).toBeCloseTo(steep!.tests[0]!.ece, 9);
    expect(plain!.tests[0]!.ece).toBeLessThan(0.12);
  });
});
