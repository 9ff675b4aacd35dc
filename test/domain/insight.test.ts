import { expect, it } from 'vitest';
import { wilson } from '../../src/domain/insight.ts';

// scipy 1.17.1: binomtest(hits, trials).proportion_ci(0.95, method='wilson')
it.each([
  [0, 10, 0, 0.2775327998628892],
  [5, 10, 0.236593090512564, 0.7634069094874359],
  [10, 10, 0.7224672001371106, 1],
  [71, 100, 0.6146110882442888, 0.7898516425087772],
  [1, 1, 0.20654931437723745, 1],
])('%i of %i are between %f and %f by Wilson', (hits, trials, low, high) => {
  const interval = wilson(hits, trials);
  expect(interval.estimate).toBe(hits / trials);
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});
