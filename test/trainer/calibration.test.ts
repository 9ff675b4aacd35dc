import { describe, expect, test } from 'vitest';

import { fitLogistic, fitTemperature, sigmoid, steadyThreshold } from '../../src/trainer/calibration.ts';
import { measure } from '../../src/trainer/metrics.ts';

/** What scikit-learn 1.9 finds: `LogisticRegression(C=numpy.inf, tol=1e-10).fit(margins, labels, sample_weight=weights)`. */
const [SLOPE, BIAS] = [0.41517846, -1.57563617];

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

describe('the logistic curve', () => {
  test('is the one that scikit-learn finds (LogisticRegression without a penalty), weights and all', () => {
    const { margins, labels } = sample();
    const shifted = margins.map((margin) => margin + 1);
    const weights = labels.map((label) => (label === 1 ? 1 : 3));
    const { slope, bias } = fitLogistic(shifted, labels, weights);
    expect(slope).toBeCloseTo(SLOPE, 3);
    expect(bias).toBeCloseTo(BIAS, 3);
  });

  test('stays finite for labels that margins tell apart without a mistake', () => {
    const { slope, bias } = fitLogistic([-1, -2, 1, 2], [0, 0, 1, 1], [1, 1, 1, 1]);
    expect(slope).toBeGreaterThan(2);
    expect(slope).toBeLessThan(100);
    expect(bias).toBeCloseTo(0, 6);
  });
});

describe('the threshold', () => {
  test('of scores that are probabilities is where the expected macro-F1 of many posts is highest', () => {
    // A tenth is polarized, as in Hausa: so many lie just below 0.5 that it pays to count some of them.
    const scores = Array.from({ length: 4000 }, (_, i) => 0.6 * ((i + 0.5) / 4000) ** 5);
    const labels = scores.map((score, i) => Number((i * 0.618034) % 1 < score));
    const threshold = steadyThreshold(scores.map(logit), labels);
    const found = measure(scores, labels, threshold).macroF1;
    const best = Math.max(...Array.from({ length: 99 }, (_, i) => measure(scores, labels, (i + 1) / 100).macroF1));
    expect(found).toBeGreaterThan(best - 0.01);
    expect(found).toBeGreaterThan(measure(scores, labels).macroF1 + 0.02);
  });

  test('of halves of a sample differs less than the best cuts of these halves do', () => {
    const { margins, labels } = sample();
    const halves = [0, 1].map((half) => margins.flatMap((_, i) => (i % 2 === half ? [i] : [])));
    const [a, b] = halves.map((own) =>
      steadyThreshold(
        own.map((i) => margins[i]!),
        own.map((i) => labels[i]!),
      ),
    );
    expect(Math.abs(a! - b!)).toBeLessThan(0.1);
  });

  test('is 0.5 where there is nothing to tell it by', () => {
    expect(steadyThreshold([], [])).toBe(0.5);
    expect(steadyThreshold([1, 2], [1, 1])).toBe(0.5);
    expect(steadyThreshold([1, -1, 2], [0, 1, 0])).toBe(0.5);
  });
});

const logit = (score: number): number => Math.log(score / (1 - score));
