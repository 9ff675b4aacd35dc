import { macroF1 } from './metrics.ts';

/** What a margin (the logit of polarized less that of not) is divided by before it becomes a probability. */
const LIMITS = [0.05, 20] as const;

export function sigmoid(margin: number): number {
  return 1 / (1 + Math.exp(-margin));
}

/**
 * Temperature scaling (Guo et al. 2017): the T under which sigmoid(margin / T), which is softmax(logits / T)[1], has the
 * least cross-entropy. That is convex in 1 / T, so Newton's method finds it; between 0.05 and 20, where posts of one
 * label alone, or all told apart, would send it to infinity or 0.
 */
export function fitTemperature(margins: ArrayLike<number>, labels: ArrayLike<number>): number {
  const [lowest, highest] = [1 / LIMITS[1], 1 / LIMITS[0]];
  if (margins.length === 0) return 1;
  let [low, high]: [number, number] = [lowest, highest];
  let inverse = 1;
  for (let round = 0; round < 60; round += 1) {
    let [slope, curvature] = [0, 0];
    for (let i = 0; i < margins.length; i += 1) {
      const probability = sigmoid(inverse * margins[i]!);
      slope += (probability - labels[i]!) * margins[i]!;
      curvature += probability * (1 - probability) * margins[i]! ** 2;
    }
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    // Where Newton's step leaves what is still possible, half of that is the better guess.
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - inverse) <= 1e-12 * inverse) break;
    inverse = next;
  }
  return 1 / inverse;
}

/**
 * Platt scaling (1999): the slope and bias under which sigmoid(slope * margin + bias) has the least weighted cross-entropy, by
 * Newton's method with a little pull of the slope to 0, which keeps it finite where the labels are told apart entirely.
 */
export function fitLogistic(
  margins: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
): { slope: number; bias: number } {
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  let [slope, bias] = [0, 0];
  for (let round = 0; round < 100; round += 1) {
    let [gradientSlope, gradientBias] = [RIDGE * slope, 0];
    let [both, mixed, alone] = [RIDGE, 0, 0];
    for (let i = 0; i < margins.length; i += 1) {
      const margin = margins[i]!;
      const share = weights[i]! / total;
      const probability = sigmoid(slope * margin + bias);
      const error = share * (probability - labels[i]!);
      const curvature = share * Math.max(probability * (1 - probability), 1e-9);
      gradientSlope += error * margin;
      gradientBias += error;
      both += curvature * margin * margin;
      mixed += curvature * margin;
      alone += curvature;
    }
    const determinant = both * alone - mixed * mixed;
    const stepSlope = (alone * gradientSlope - mixed * gradientBias) / determinant;
    const stepBias = (both * gradientBias - mixed * gradientSlope) / determinant;
    // Far from the optimum a whole step may overshoot.
    const damping = Math.min(1, 2 / Math.max(Math.abs(stepSlope), Math.abs(stepBias), 1e-300));
    slope -= damping * stepSlope;
    bias -= damping * stepBias;
    if (Math.max(Math.abs(stepSlope), Math.abs(stepBias)) < 1e-10) break;
  }
  return { slope, bias };
}

/** Of the slope's square, against a mean cross-entropy. */
const RIDGE = 1e-4;

/**
 * The threshold under which macro-F1 is highest, told calmly: a logistic curve through the scores says how many posts of
 * each label to expect on either side (so two numbers are fitted, and not a cut between two posts that happened to be
 * there), and among the scores that occur the best cut of these expectations wins. 0.5 where one label is all there is.
 */
export function steadyThreshold(margins: ArrayLike<number>, labels: ArrayLike<number>): number {
  const ones = Array.from(labels).reduce((sum, label) => sum + label, 0);
  if (ones === 0 || ones === labels.length) return 0.5;
  const { slope, bias } = fitLogistic(margins, labels, new Float64Array(labels.length).fill(1));
  // Margins that say nothing, or the contrary, have no best cut.
  if (slope <= 0) return 0.5;
  const order = Float64Array.from(margins).sort();
  const expected = order.map((margin) => sigmoid(slope * margin + bias));
  const positives = expected.reduce((sum, probability) => sum + probability, 0);
  let [falseNegative, trueNegative] = [0, 0];
  let best = { margin: 0, f1: -1 };
  for (let i = 1; i < order.length; i += 1) {
    falseNegative += expected[i - 1]!;
    trueNegative += 1 - expected[i - 1]!;
    const truePositive = positives - falseNegative;
    const falsePositive = order.length - positives - trueNegative;
    const f1 = macroF1({ truePositive, falsePositive, trueNegative, falseNegative });
    if (f1 > best.f1) best = { margin: (order[i - 1]! + order[i]!) / 2, f1 };
  }
  return Math.min(MOST_CERTAIN, Math.max(1 - MOST_CERTAIN, sigmoid(best.margin)));
}

/** Where all posts are surely of one side, a threshold is no further out than this. */
const MOST_CERTAIN = 0.98;
