import type { Example } from '../domain/example.ts';
import { fitLogistic, sigmoid } from './calibration.ts';
import { decisions, SVM_DEFAULTS, trainLinearSvm, type LinearSvm } from './linear-svm.ts';
import { permutation, seeded } from './random.ts';
import { splicedPosts } from './spliced-posts.ts';
import { fitTfidf, rowsAt, transform, type SparseRows } from './tfidf.ts';

const FOLDS = 5;
/** With fewer posts of a label in a language, an SVM of part of them knows nothing. */
const FEWEST = 2 * FOLDS;

/** An opinion needs no fourth digit. */
const TOLERANCE = 1e-2;

export interface TeacherOptions {
  seed: number;
  /** For each example so many posts more, each made of halves of two (spliced-posts.ts). Default 0. */
  spliced?: number;
  /** Posts without a label to judge too: as many of a language as it has examples. Default none. */
  unlabelled?: readonly Pick<Example, 'text' | 'language'>[];
}

/** A post that no one has labelled, and the probability of label 1 that the teacher gives it. */
export interface JudgedPost extends Pick<Example, 'text' | 'language'> {
  opinion: number;
}

export interface Teaching {
  /** Of each example; NaN for languages with too few posts. */
  opinions: Float64Array;
  /** Posts beyond the examples; none of languages with too few. */
  judged: JudgedPost[];
}

/**
 * What a linear SVM on word and character n-grams makes of each example: the probability of label 1, both labels of a
 * language weighing the same. A language has SVMs of its own, and an example is judged by one that has not seen its label (five
 * folds), so that a label which the words do not bear out comes out as doubtful. The same holds of a post made of two
 * examples; what no one has labelled is judged by all five together.
 */
export function svmTeacher(
  examples: readonly Example[],
  { seed, spliced = 0, unlabelled = [] }: TeacherOptions,
  onLanguage: (language: string, done: number) => void = () => {},
): Teaching {
  const opinions = new Float64Array(examples.length).fill(Number.NaN);
  const judged: JudgedPost[] = [];
  const others = Map.groupBy(unlabelled, ({ language }) => language);
  let done = 0;
  for (const [language, own] of Map.groupBy(examples.keys(), (i) => examples[i]!.language)) {
    const labels = own.map((i) => examples[i]!.label);
    const ones = labels.filter((label) => label === 1).length;
    if (Math.min(ones, labels.length - ones) >= FEWEST) {
      const texts = own.map((i) => examples[i]!.text);
      const jury = foldedSvms(texts, labels, seed);
      const balance = labels.map((label) => (label === 1 ? 1 / ones : 1 / (labels.length - ones)));
      const { slope, bias } = fitLogistic(jury.margins, labels, balance);
      const opinionOf = (margin: number): number => sigmoid(slope * margin + bias);
      own.forEach((i, k) => (opinions[i] = opinionOf(jury.margins[k]!)));
      for (const [fold, members] of jury.folds.entries()) {
        const made = splicedPosts(
          members.map((i) => texts[i]!),
          spliced,
          seeded(seed, 5, fold, own[0]!),
        );
        const margins = jury.judge(fold, jury.read(made));
        made.forEach((text, k) => judged.push({ text, language, opinion: opinionOf(margins[k]!) }));
      }
      const found = sample(others.get(language) ?? [], own.length, seed).map(({ text }) => text);
      const rows = jury.read(found);
      const margins = jury.folds.map((_, fold) => jury.judge(fold, rows));
      found.forEach((text, k) => {
        const mean = margins.reduce((sum, each) => sum + each[k]!, 0) / margins.length;
        judged.push({ text, language, opinion: opinionOf(mean) });
      });
    }
    done += own.length;
    onLanguage(language, done);
  }
  return { opinions, judged };
}

interface Jury {
  /** The places of the texts that each SVM has not seen. */
  folds: readonly number[][];
  /** Of each text, by the SVM that has not seen it. */
  margins: Float64Array;
  /** Other texts as the SVMs read them. */
  read(texts: readonly string[]): SparseRows;
  /** What the SVM of a fold makes of them. */
  judge(fold: number, rows: SparseRows): Float64Array;
}

function foldedSvms(texts: readonly string[], labels: readonly (0 | 1)[], seed: number): Jury {
  const order = permutation(texts.length, seeded(seed, 3));
  const foldOf = new Uint8Array(texts.length);
  order.forEach((i, place) => (foldOf[i] = place % FOLDS));
  // Which n-grams there are says nothing of labels, and one that an SVM has not seen weighs nothing in it.
  const tfidf = fitTfidf(texts);
  const rows = transform(tfidf, texts);
  const margins = new Float64Array(texts.length);
  const all = [...texts.keys()];
  const folds = Array.from({ length: FOLDS }, (_, fold) => all.filter((i) => foldOf[i] === fold));
  const svms = folds.map((unseen, fold): LinearSvm => {
    const seen = all.filter((i) => foldOf[i] !== fold);
    const seenLabels = seen.map((i) => labels[i]!);
    const svm = trainLinearSvm(rowsAt(rows, seen), seenLabels, { ...SVM_DEFAULTS, tolerance: TOLERANCE });
    decisions(svm, rowsAt(rows, unseen)).forEach((margin, k) => (margins[unseen[k]!] = margin));
    return svm;
  });
  return {
    folds,
    margins,
    read: (others) => transform(tfidf, others),
    judge: (fold, others) => decisions(svms[fold]!, others),
  };
}

function sample<T>(list: readonly T[], most: number, seed: number): T[] {
  return [...permutation(list.length, seeded(seed, 6)).subarray(0, most)].map((i) => list[i]!);
}
