import type { Example } from '../domain/example.ts';
import { fitLogistic, sigmoid } from './calibration.ts';
import { decisions, SVM_DEFAULTS, trainLinearSvm } from './linear-svm.ts';
import { permutation, seeded } from './random.ts';
import { fitTfidf, rowsAt, transform } from './tfidf.ts';

const FOLDS = 5;
/** With fewer posts of a label in a language, an SVM of part of them knows nothing. */
const FEWEST = 2 * FOLDS;

/** An opinion needs no fourth digit. */
const TOLERANCE = 1e-2;

/**
 * What a linear SVM on word and character n-grams makes of each example: the probability of label 1, both labels of a
 * language weighing the same. A language has SVMs of its own, and an example is judged by one that has not seen its label (five
 * folds), so that a label which the words do not bear out comes out as doubtful. NaN for languages with too few posts.
 */
export function svmTeacher(
  examples: readonly Example[],
  seed: number,
  onLanguage: (language: string, done: number) => void = () => {},
): Float64Array {
  const opinions = new Float64Array(examples.length).fill(Number.NaN);
  let done = 0;
  for (const [language, own] of Map.groupBy(examples.keys(), (i) => examples[i]!.language)) {
    const labels = own.map((i) => examples[i]!.label);
    const ones = labels.filter((label) => label === 1).length;
    if (Math.min(ones, labels.length - ones) >= FEWEST) {
      const margins = outOfFold(
        own.map((i) => examples[i]!.text),
        labels,
        seed,
      );
      const balance = labels.map((label) => (label === 1 ? 1 / ones : 1 / (labels.length - ones)));
      const { slope, bias } = fitLogistic(margins, labels, balance);
      own.forEach((i, k) => (opinions[i] = sigmoid(slope * margins[k]! + bias)));
    }
    done += own.length;
    onLanguage(language, done);
  }
  return opinions;
}

function outOfFold(texts: readonly string[], labels: readonly (0 | 1)[], seed: number): Float64Array {
  const order = permutation(texts.length, seeded(seed, 3));
  const fold = new Uint8Array(texts.length);
  order.forEach((i, place) => (fold[i] = place % FOLDS));
  // Which n-grams there are says nothing of labels, and one that an SVM has not seen weighs nothing in it.
  const rows = transform(fitTfidf(texts), texts);
  const margins = new Float64Array(texts.length);
  for (let left = 0; left < FOLDS; left += 1) {
    const all = [...texts.keys()];
    const seen = all.filter((i) => fold[i] !== left);
    const unseen = all.filter((i) => fold[i] === left);
    const seenLabels = seen.map((i) => labels[i]!);
    const svm = trainLinearSvm(rowsAt(rows, seen), seenLabels, { ...SVM_DEFAULTS, tolerance: TOLERANCE });
    decisions(svm, rowsAt(rows, unseen)).forEach((margin, k) => (margins[unseen[k]!] = margin));
  }
  return margins;
}
