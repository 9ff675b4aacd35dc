import { expect, test } from 'vitest';

import { ADAMW_DEFAULTS, adamWStep } from '../../src/trainer/adamw.ts';
import { normal, seeded } from '../../src/trainer/random.ts';
import { settleRows, stepRows } from '../../src/trainer/row-adamw.ts';

const [ROWS, SIZE, STEPS] = [6, 3, 700];
const settings = { ...ADAMW_DEFAULTS, weightDecay: 0.1 };
const learningRate = (step: number): number => (0.01 * (STEPS + 1 - step)) / STEPS;

/** The rows with a gradient: 0 always, 1 every other step, 2 every 300th, 3 the first time only, 4 the last, 5 never. */
function rowsOf(step: number): number[] {
  const uses = [true, step % 2 === 0, step % 300 === 0, step === 1, step === STEPS, false];
  return uses.flatMap((used, row) => (used ? [row] : []));
}

test('rows brought up when they are needed are where AdamW on the whole table has them', () => {
  const random = seeded(3);
  const start = Float32Array.from({ length: ROWS * SIZE }, () => normal(random));
  const zeros = () => new Float32Array(ROWS * SIZE);
  const dense = { weight: start.slice(), first: zeros(), second: zeros() };
  const table = { weight: start.slice(), first: zeros(), second: zeros(), settled: new Float32Array(ROWS) };
  for (let step = 1; step <= STEPS; step += 1) {
    const rows = Int32Array.from(rowsOf(step));
    const gradient = Float32Array.from({ length: rows.length * SIZE }, () => normal(random));
    const whole = zeros();
    rows.forEach((row, i) => whole.set(gradient.subarray(i * SIZE, (i + 1) * SIZE), row * SIZE));
    settleRows(table, rows, { step: step - 1, learningRate, settings });
    for (const row of rows)
      for (let i = row * SIZE; i < (row + 1) * SIZE; i += 1)
        expect(Math.abs(table.weight[i]! - dense.weight[i]!), `row ${row} at step ${step}`).toBeLessThan(2e-5);
    adamWStep(dense.weight, whole, dense, step, learningRate(step), settings, 0.5);
    stepRows(table, rows, gradient, { step, learningRate, settings }, 0.5);
  }
  settleRows(table, table.settled.keys(), { step: STEPS, learningRate, settings });
  table.weight.forEach((value, i) => expect(Math.abs(value - dense.weight[i]!)).toBeLessThan(2e-5));
  // The one that never had a gradient has decayed all the same.
  expect(Math.abs(table.weight[5 * SIZE]!)).toBeLessThan(Math.abs(start[5 * SIZE]!) * 0.8);
});
