import { adamWStep, type AdamWSettings, type Moments } from './adamw.ts';

/** A table of which each step uses few rows, with AdamW's moments. */
export interface RowTable extends Moments {
  /** [rows, size]. */
  weight: Float32Array;
  /** [rows]: the step up to which each row is brought up. */
  settled: Float32Array;
}

/** Of the steps for which a row had no gradient: their number, learning rates and AdamW's settings. */
export interface RowUpdate {
  /** The last step that is done, from 1. */
  step: number;
  learningRate: (step: number) => number;
  settings: AdamWSettings;
}

/** After so many steps without a gradient the first moment, 0.9 ** 200 = 7e-10 of what it was, moves no float32. */
const MOVING_STEPS = 200;

/**
 * AdamW moves every weight at every step, by its momentum and its decay, gradient or not (unlike torch.optim.SparseAdam).
 * This does for the given rows, when they are next needed, what the steps since would have done: equal to the dense
 * optimiser up to rounding, at the cost of the rows in use.
 */
export function settleRows(table: RowTable, rows: Iterable<number>, update: RowUpdate): void {
  const size = table.weight.length / table.settled.length;
  const kept = new Map<number, number>();
  for (const row of rows) {
    const from = table.settled[row]!;
    if (from === update.step) continue;
    table.settled[row] = update.step;
    // Before its first gradient a row has no moments, and only decays.
    const moving = isZero(table.second, row * size, size) ? from : Math.min(update.step, from + MOVING_STEPS);
    for (let step = from + 1; step <= moving; step += 1) drift(table, row * size, size, step, update);
    if (moving === update.step) continue;
    const keep = kept.get(moving) ?? keptSince(moving, update);
    kept.set(moving, keep);
    decayOnly(table, row * size, size, update.step - moving, keep, update.settings);
  }
}

/** A step for rows that have a gradient [rows, size]; they must be settled up to the step before. */
export function stepRows(
  table: RowTable,
  rows: Int32Array,
  gradient: Float32Array,
  { step, learningRate, settings }: RowUpdate,
  gradientScale: number,
): void {
  const size = table.weight.length / table.settled.length;
  const part = (values: Float32Array, row: number) => values.subarray(row * size, (row + 1) * size);
  rows.forEach((row, i) => {
    const moments = { first: part(table.first, row), second: part(table.second, row) };
    adamWStep(part(table.weight, row), part(gradient, i), moments, step, learningRate(step), settings, gradientScale);
    table.settled[row] = step;
  });
}

/** adamWStep with a gradient of zero. */
function drift(
  { weight, first, second }: RowTable,
  start: number,
  count: number,
  step: number,
  { learningRate, settings: { beta1, beta2, epsilon, weightDecay } }: RowUpdate,
): void {
  const rate = learningRate(step);
  const keep = 1 - rate * weightDecay;
  const correction = Math.sqrt(1 - beta2 ** step);
  const size = rate / (1 - beta1 ** step);
  for (let i = start; i < start + count; i += 1) {
    const m = beta1 * first[i]!;
    const v = beta2 * second[i]!;
    first[i] = m;
    second[i] = v;
    weight[i] = weight[i]! * keep - (size * m) / (Math.sqrt(v) / correction + epsilon);
  }
}

function decayOnly(
  { weight, first, second }: RowTable,
  start: number,
  count: number,
  steps: number,
  keep: number,
  { beta1, beta2 }: AdamWSettings,
): void {
  const [keepFirst, keepSecond] = [beta1 ** steps, beta2 ** steps];
  for (let i = start; i < start + count; i += 1) {
    weight[i] = weight[i]! * keep;
    first[i] = first[i]! * keepFirst;
    second[i] = second[i]! * keepSecond;
  }
}

/** What the decay of the steps after `from` leaves of a weight. */
function keptSince(from: number, { step: to, learningRate, settings }: RowUpdate): number {
  let keep = 1;
  for (let step = from + 1; step <= to; step += 1) keep *= 1 - learningRate(step) * settings.weightDecay;
  return keep;
}

function isZero(values: Float32Array, start: number, count: number): boolean {
  for (let i = start; i < start + count; i += 1) if (values[i] !== 0) return false;
  return true;
}
