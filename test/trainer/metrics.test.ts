import { describe, expect, test } from 'vitest';

import { measure } from '../../src/trainer/metrics.ts';

/** 200 scores and labels from Park and Miller's generator (16807's successor 48271), easily made anywhere else too. */
function sample(): { scores: number[]; labels: number[] } {
  let state = 11;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const scores: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const score = next();
    scores.push(score);
    labels.push(next() < 0.2 + 0.5 * score ? 1 : 0);
  }
  return { scores, labels };
}

describe('figures', () => {
  test('are those of scikit-learn 1.9.1 (f1_score macro, precision_score, recall_score)', () => {
    const { scores, labels } = sample();
    const half = measure(scores, labels);
    expect(half.macroF1).toBeCloseTo(0.6305418719211823, 12);
    expect(half.precision).toBeCloseTo(0.5517241379310345, 12);
    expect(half.recall).toBeCloseTo(0.5925925925925926, 12);
    const strict = measure(scores, labels, 0.7);
    expect(strict.macroF1).toBeCloseTo(0.6030747728860937, 12);
    expect(strict.precision).toBeCloseTo(0.5925925925925926, 12);
    expect(strict.recall).toBeCloseTo(0.3950617283950617, 12);
  });

  test('hold the calibration error that numpy computes over ten bins', () => {
    const { scores, labels } = sample();
    expect(measure(scores, labels).ece).toBeCloseTo(0.15131003952878994, 12);
  });

  test('count every post once', () => {
    const { scores, labels } = sample();
    const { truePositive, falsePositive, trueNegative, falseNegative, count } = measure(scores, labels);
    expect(truePositive + falsePositive + trueNegative + falseNegative).toBe(200);
    expect(count).toBe(200);
  });

  test('of nothing, and of one class that is never found, are zeros and no NaN', () => {
    expect(measure([], [])).toMatchObject({ macroF1: 0, precision: 0, recall: 0, ece: 0 });
    expect(measure([0.1, 0.2], [1, 1])).toMatchObject({ macroF1: 0, precision: 0, recall: 0 });
  });
});
