import { fitTfidf, transform } from '../../trainer/tfidf.ts';
import type { SparseRows } from '../../trainer/tfidf.ts';

/**
 * What is trained where a benchmark of labels trains many times: logistic regression on TF-IDF of words and characters.
 * The bundled base has seen the labels of every language that it is measured on, so that it cannot tell what labels do.
 */
export interface NgramRows {
  /** Trains on some rows, whose `targets` are probabilities of class 1, and scores the others: of each row of `asked`. */
  scores(rows: readonly number[], targets: readonly number[], asked: readonly number[]): Float64Array;
}

/** Of scikit-learn's `C`: how little weights are held back. */
const C = 4;
const STEPS = 100;

export function ngramRows(texts: readonly string[]): NgramRows {
  const all = transform(fitTfidf(texts), texts);
  return {
    scores(rows, targets, asked) {
      const { weights, bias } = fit(all, rows, targets);
      return Float64Array.from(asked, (row) => 1 / (1 + Math.exp(-(bias + product(all, row, weights)))));
    },
  };
}

/** Full-batch gradient descent with Nesterov's momentum; both classes weigh the same. */
function fit(
  all: SparseRows,
  rows: readonly number[],
  targets: readonly number[],
): { weights: Float64Array; bias: number } {
  const ones = targets.reduce((sum, target) => sum + target, 0);
  const [forOne, forZero] = [
    rows.length / (2 * Math.max(ones, 1)),
    rows.length / (2 * Math.max(rows.length - ones, 1)),
  ];
  const weights = new Float64Array(all.columns);
  const ahead = new Float64Array(all.columns);
  const slope = new Float64Array(all.columns);
  let [bias, biasAhead] = [0, 0];
  // Rows have a length of the square root of 2 at most, the bias adds 1: a bound of the curvature of the mean loss.
  const penalty = 1 / (C * rows.length);
  const rate = 1 / (0.25 * 3 * Math.max(forOne, forZero) + penalty);
  for (let step = 0; step < STEPS; step += 1) {
    slope.fill(0);
    let biasSlope = 0;
    for (const [at, row] of rows.entries()) {
      const p = 1 / (1 + Math.exp(-(biasAhead + product(all, row, ahead))));
      const target = targets[at]!;
      const pull = (p * (1 - target) * forZero - (1 - p) * target * forOne) / rows.length;
      biasSlope += pull;
      for (let k = all.starts[row]!; k < all.starts[row + 1]!; k += 1) slope[all.indices[k]!]! += pull * all.values[k]!;
    }
    const momentum = step / (step + 3);
    for (let column = 0; column < slope.length; column += 1) {
      const next = ahead[column]! - rate * (slope[column]! + penalty * ahead[column]!);
      ahead[column] = next + momentum * (next - weights[column]!);
      weights[column] = next;
    }
    const nextBias = biasAhead - rate * biasSlope;
    biasAhead = nextBias + momentum * (nextBias - bias);
    bias = nextBias;
  }
  return { weights, bias };
}

function product({ starts, indices, values }: SparseRows, row: number, weights: Float64Array): number {
  let sum = 0;
  for (let k = starts[row]!; k < starts[row + 1]!; k += 1) sum += weights[indices[k]!]! * values[k]!;
  return sum;
}
