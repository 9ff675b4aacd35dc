import { permutation, seeded } from './random.ts';
import type { SparseRows } from './tfidf.ts';

/** A separating plane: a row is positive where weights · row + bias > 0. */
export interface LinearSvm {
  weights: Float64Array;
  bias: number;
}

export interface SvmSettings {
  /** What a mistake costs against the length of the weights. */
  C: number;
  /** Costs n / (2 n_label) times C for each label, as class_weight='balanced'. */
  balanced: boolean;
  /** Stops when no row's gradient is further from its bound than this. */
  tolerance: number;
  /** Passes over the rows at most. */
  passes: number;
  seed: number;
}

/** scikit-learn's, but for `balanced`: see svm.ts. */
export const SVM_DEFAULTS: SvmSettings = { C: 1, balanced: true, tolerance: 1e-4, passes: 1000, seed: 1 };

/**
 * L2-regularised squared hinge loss by dual coordinate descent with shrinking (Hsieh et al. 2008, algorithm 3), as
 * liblinear's and scikit-learn's LinearSVC(dual=True, intercept_scaling=1): the bias is the weight of one more column of
 * ones, and is regularised with the others. The problem is strictly convex, so order and seed do not change the result.
 */
export function trainLinearSvm(
  rows: SparseRows,
  labels: ArrayLike<0 | 1>,
  { C, balanced, tolerance, passes, seed }: SvmSettings,
): LinearSvm {
  const count = labels.length;
  const { starts, indices, values, columns } = rows;
  const positives = Array.from(labels).filter((label) => label === 1).length;
  const cost = [count - positives, positives].map((size) => C * (balanced ? count / (2 * size) : 1));
  const weights = new Float64Array(columns);
  let bias = 0;
  const alpha = new Float64Array(count);
  // The squared hinge loss adds 1 / (2 C) to the diagonal of the kernel matrix and leaves alpha without an upper bound.
  const diagonal = Float64Array.from({ length: count }, (_, i) => 1 / (2 * cost[labels[i]!]!));
  const curvature = diagonal.map((value, i) => {
    let sum = value + 1;
    for (let k = starts[i]!; k < starts[i + 1]!; k += 1) sum += values[k]! * values[k]!;
    return sum;
  });

  const random = seeded(seed);
  let active = Array.from({ length: count }, (_, i) => i);
  let highestBefore = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass += 1) {
    let [highest, lowest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const kept: number[] = [];
    for (const place of permutation(active.length, random)) {
      const i = active[place]!;
      const sign = labels[i] === 1 ? 1 : -1;
      let product = bias;
      for (let k = starts[i]!; k < starts[i + 1]!; k += 1) product += weights[indices[k]!]! * values[k]!;
      const gradient = sign * product - 1 + alpha[i]! * diagonal[i]!;
      if (alpha[i] === 0 && gradient > highestBefore) continue;
      kept.push(i);
      const projected = alpha[i] === 0 ? Math.min(gradient, 0) : gradient;
      highest = Math.max(highest, projected);
      lowest = Math.min(lowest, projected);
      if (Math.abs(projected) <= 1e-12) continue;
      const next = Math.max(alpha[i]! - gradient / curvature[i]!, 0);
      const change = (next - alpha[i]!) * sign;
      alpha[i] = next;
      bias += change;
      for (let k = starts[i]!; k < starts[i + 1]!; k += 1) weights[indices[k]!]! += change * values[k]!;
    }
    if (highest - lowest <= tolerance) {
      if (kept.length === count) break;
      // Rows that were put aside may have come back into play: look at all of them once more.
      active = Array.from({ length: count }, (_, i) => i);
      highestBefore = Number.POSITIVE_INFINITY;
    } else {
      active = kept;
      highestBefore = highest <= 0 ? Number.POSITIVE_INFINITY : highest;
    }
  }
  return { weights, bias };
}

/** weights · row + bias of each row: how far it lies on the positive side. */
export function decisions({ weights, bias }: LinearSvm, { starts, indices, values }: SparseRows): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, i) => {
    let product = bias;
    for (let k = starts[i]!; k < starts[i + 1]!; k += 1) product += weights[indices[k]!]! * values[k]!;
    return product;
  });
}
