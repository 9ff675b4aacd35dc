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
 * The threshold between two scores under which macro-F1 over the examples is highest; among equals the one nearest to
 * 0.5. Of few examples it says little: hold it against others before it is used.
 */
export function bestThreshold(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  const positives = Array.from(labels).reduce((sum, label) => sum + label, 0);
  const negatives = order.length - positives;
  // Below all scores everything is positive; each step up turns the lowest of the rest.
  let [trueNegative, falseNegative] = [0, 0];
  let best = { value: 0.5, f1: -1 };
  for (let i = 0; i <= order.length; i += 1) {
    const [below, above] = [i === 0 ? 0 : scores[order[i - 1]!]!, i === order.length ? 1 : scores[order[i]!]!];
    // 0.5 itself, where it lies between the two.
    const value = below < 0.5 && above >= 0.5 ? 0.5 : (below + above) / 2;
    const f1 = macroF1({
      truePositive: positives - falseNegative,
      falsePositive: negatives - trueNegative,
      trueNegative,
      falseNegative,
    });
    const nearer = Math.abs(value - 0.5) < Math.abs(best.value - 0.5);
    if (below !== above && (f1 > best.f1 || (f1 === best.f1 && nearer))) best = { value, f1 };
    if (i < order.length) {
      if (labels[order[i]!] === 1) falseNegative += 1;
      else trueNegative += 1;
    }
  }
  return best.value;
}
