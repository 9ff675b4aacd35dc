import { describe, expect, test } from 'vitest';

import { bestThreshold, fitTemperature, sigmoid } from '../../src/trainer/calibration.ts';
import { measure } from '../../src/trainer/metrics.ts';

/** 200 margins in [-4, 4] whose true temperature is 2.5, from Park and Miller's generator. */
function sample(): { margins: number[]; labels: number[] } {
  let state = 11;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const margins: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const margin = 8 * next() - 4;
    margins.push(margin);
    labels.push(next() < sigmoid(margin / 2.5) ? 1 : 0);
  }
  return { margins, labels };
}

describe('the temperature', () => {
  test('is the one that scipy finds (minimize_scalar on the cross-entropy), whatever it starts from', () => {
    const { margins, labels } = sample();
    expect(fitTemperature(margins, labels)).toBeCloseTo(2.47904472, 6);
    const scaled = margins.map((margin) => margin * 7);
    expect(fitTemperature(scaled, labels)).toBeCloseTo(7 * 2.47904472, 5);
  });

  test('stays finite for labels that margins tell apart without a mistake, or never', () => {
    expect(fitTemperature([1, -1], [1, 0])).toBeCloseTo(0.05, 6);
    expect(fitTemperature([1, -1], [0, 1])).toBeCloseTo(20, 6);
    expect(fitTemperature([0, 0], [0, 1])).toBeGreaterThan(0);
    expect(fitTemperature([], [])).toBe(1);
  });
});

describe('the best threshold', () => {
  test('is where no other gives a higher macro-F1', () => {
    const { margins, labels } = sample();
    const scores = margins.map((margin) => sigmoid(margin - 1));
    const found = measure(scores, labels, bestThreshold(scores, labels)).macroF1;
    for (let threshold = 0; threshold <= 1; threshold += 0.001)
      expect(measure(scores, labels, threshold).macroF1).toBeLessThanOrEqual(found);
    expect(found).toBeGreaterThan(measure(scores, labels).macroF1);
  });

  test('is 0.5 where that is among the best', () => {
    expect(bestThreshold([0.2, 0.4, 0.7], [0, 0, 1])).toBe(0.5);
    expect(bestThreshold([], [])).toBe(0.5);
  });

  test('lies between equal scores, never on one side of some of them', () => {
    expect(bestThreshold([0.6, 0.6, 0.6, 0.9], [0, 0, 1, 1])).toBeCloseTo(0.75, 12);
  });
});
