import type { Example } from '../domain/example.ts';
import { readTexts } from './corpus.ts';
import { balancedWeights, languageOf } from './dataset.ts';
import type { TrainingHooks } from './progress-report.ts';
import { svmTeacher } from './svm-teacher.ts';
import type { TrainOptions } from './train-options.ts';

/** An example and what training takes for its label, where that is not the label itself: the probability of 1. */
export interface TaughtExample extends Example {
  target?: number;
}

/**
 * What a run learns from, and how much each example weighs: the examples, their labels in part what the teacher makes of them
 * (`teacherShare`), and the posts that only the teacher has judged (`spliced`, `unlabelled`).
 */
export async function taughtExamples(
  examples: readonly Example[],
  { teacherShare: share = 0, spliced = 0, unlabelled = [], seed }: TrainOptions,
  hooks: TrainingHooks,
): Promise<{ taught: readonly TaughtExample[]; weights: Float32Array }> {
  const weights = balancedWeights(examples);
  if (share === 0 && spliced === 0 && unlabelled.length === 0) return { taught: examples, weights };
  const files = await Promise.all(unlabelled.map(readTexts));
  const others = files.flatMap(({ name, texts }) => texts.map((text) => ({ text, language: languageOf(name) })));
  const { opinions, judged } = svmTeacher(examples, { seed, spliced, unlabelled: others });
  const agreed = examples.filter(({ label }, i) => opinions[i]! >= 0.5 === (label === 1)).length;
  hooks.onNote(`the SVM teacher agrees with ${((100 * agreed) / examples.length).toFixed(1)} % of the labels`);
  const languages = new Set(judged.map(({ language }) => language));
  const left = new Set(others.flatMap(({ language }) => (languages.has(language) ? [] : [language])));
  if (left.size > 0) hooks.onNote(`unlabelled posts of ${[...left].join(', ')} are left out: too few examples of it`);
  if (judged.length > 0) hooks.onNote(`${judged.length} posts more are judged by the teacher alone`);
  const taught = examples.map((example, i) => {
    const opinion = Number.isNaN(opinions[i]) ? example.label : opinions[i]!;
    return { ...example, target: (1 - share) * example.label + share * opinion };
  });
  // Under the teacher both labels of a language weigh the same already.
  const more = judged.map(({ text, language, opinion }): TaughtExample => {
    return { text, language, label: opinion >= 0.5 ? 1 : 0, target: opinion };
  });
  return {
    taught: [...taught, ...more],
    weights: Float32Array.from({ length: taught.length + more.length }, (_, i) => weights[i] ?? 1),
  };
}
