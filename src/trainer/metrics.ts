/** Of a yes/no question: how often each answer met each truth. */
export interface Confusion {
  truePositive: number;
  falsePositive: number;
  trueNegative: number;
  falseNegative: number;
}

export interface Metrics extends Confusion {
  count: number;
  /** Mean of the F1 of both classes, as scikit-learn's f1_score(average='macro', zero_division=0). */
  macroF1: number;
  /** Of the positive class (polarized). */
  precision: number;
  recall: number;
  /** Expected calibration error of the positive class's probability, ten bins of equal width (Naeini et al. 2015). */
  ece: number;
}

const BINS = 10;

/** `scores`: probability of class 1. */
export function measure(scores: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): Metrics {
  const counts: Confusion = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
  for (let i = 0; i < scores.length; i += 1) {
    const positive = scores[i]! >= threshold;
    if (labels[i] === 1) counts[positive ? 'truePositive' : 'falseNegative'] += 1;
    else counts[positive ? 'falsePositive' : 'trueNegative'] += 1;
  }
  const { truePositive, falsePositive, falseNegative } = counts;
  return {
    ...counts,
    count: scores.length,
    macroF1: macroF1(counts),
    precision: ratio(truePositive, truePositive + falsePositive),
    recall: ratio(truePositive, truePositive + falseNegative),
    ece: expectedCalibrationError(scores, labels),
  };
}

export function macroF1({ truePositive, falsePositive, trueNegative, falseNegative }: Confusion): number {
  return (f1(truePositive, falsePositive, falseNegative) + f1(trueNegative, falseNegative, falsePositive)) / 2;
}

/** Of the posts whose scores fall into one of ten equal parts of [0, 1]: how many, their mean score, their share of label 1. */
export interface ReliabilityBin {
  count: number;
  meanScore: number;
  shareOfOnes: number;
}

export function reliability(scores: ArrayLike<number>, labels: ArrayLike<number>): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, scores: 0, labels: 0 }));
  for (let i = 0; i < scores.length; i += 1) {
    const bin = bins[Math.min(BINS - 1, Math.floor(scores[i]! * BINS))]!;
    bin.count += 1;
    bin.scores += scores[i]!;
    bin.labels += labels[i]!;
  }
  return bins.map(({ count, scores: sum, labels: ones }) => ({
    count,
    meanScore: ratio(sum, count),
    shareOfOnes: ratio(ones, count),
  }));
}

function expectedCalibrationError(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const gaps = reliability(scores, labels).map(
    ({ count, meanScore, shareOfOnes }) => count * Math.abs(meanScore - shareOfOnes),
  );
  return gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, scores.length);
}

function f1(hit: number, falseAlarm: number, miss: number): number {
  return ratio(2 * hit, 2 * hit + falseAlarm + miss);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
