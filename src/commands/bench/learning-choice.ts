import type { Example } from '../../domain/example.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { measure } from '../../trainer/metrics.ts';
import { permutation, seeded } from '../../trainer/random.ts';
import { atMost, informing, type Figure } from './figure.ts';
import { ngramRows } from './learning-ngrams.ts';
import { examplesByLanguage } from './learning-posts.ts';
import type { LearningInput } from './learning-votes.ts';

const RANDOM_LABELS = 700;
const FIRST = 50;
const STEP = 50;
const RUNS = 5;

/**
 * How many labels it takes to reach the macro-F1 that 700 randomly chosen ones reach, where the agenda's rule chooses:
 * posts of which the model is least sure. Of a language whose held-out posts differ from those to choose from.
 */
export async function labelsNeeded({
  data,
  seed,
  language = 'it',
  onProgress,
}: LearningInput & { language?: string }): Promise<Figure[]> {
  const posts = (await examplesByLanguage(data)).get(language);
  if (posts === undefined || posts.train.length < RANDOM_LABELS) {
    throw new EvenkeelError('input', `There are not ${RANDOM_LABELS} posts of ${language} to choose from`, {
      hint: `Give --data ${language}.train.jsonl ${language}.dev.jsonl.`,
    });
  }
  const counts = Array.from({ length: (RANDOM_LABELS - FIRST) / STEP + 1 }, (_, at) => FIRST + at * STEP);
  const chosen = counts.map(() => 0);
  const random = counts.map(() => 0);
  for (let run = 0; run < RUNS; run += 1) {
    for (const [at, f1] of curve(posts, counts, seeded(seed, run), true).entries()) chosen[at]! += f1 / RUNS;
    for (const [at, f1] of curve(posts, counts, seeded(seed, run), false).entries()) random[at]! += f1 / RUNS;
    onProgress?.(run + 1, RUNS);
  }
  const goal = random.at(-1)!;
  const reached = chosen.findIndex((f1) => f1 >= goal);
  const against = `macro-F1 ${goal.toFixed(3)} of ${RANDOM_LABELS} random labels in ${language}, n-gram models, ${RUNS} runs`;
  return [
    atMost(350, {
      name: 'labels needed where the model chooses',
      value: reached === -1 ? Infinity : counts[reached]!,
      unit: 'labels',
      against,
    }),
    informing({ name: 'macro-F1 with 350 chosen labels', value: chosen[counts.indexOf(350)]!, unit: '', against }),
    informing({ name: 'macro-F1 with 350 random labels', value: random[counts.indexOf(350)]!, unit: '', against }),
  ];
}

/** Macro-F1 after so many labels each, the first ones random. */
function curve(
  { train, dev }: { train: readonly Example[]; dev: readonly Example[] },
  counts: readonly number[],
  random: () => number,
  choosing: boolean,
): number[] {
  const rows = ngramRows([...train, ...dev].map(({ text }) => text));
  const asked = dev.map((_, at) => train.length + at);
  const truths = dev.map(({ label }) => label);
  let pool = [...permutation(train.length, random)];
  const labelled: number[] = [];
  return counts.map((count) => {
    const wanted = count - labelled.length;
    if (choosing && labelled.length > 0) {
      const scores = rows.scores(labelled, labelled.map(labelOf), pool);
      const doubt = new Map(pool.map((row, at) => [row, Math.abs(scores[at]! - 0.5)]));
      pool = pool.toSorted((one, other) => doubt.get(one)! - doubt.get(other)!);
    }
    labelled.push(...pool.slice(0, wanted));
    pool = pool.slice(wanted);
    return measure(rows.scores(labelled, labelled.map(labelOf), asked), truths).macroF1;
  });

  function labelOf(row: number): number {
    return train[row]!.label;
  }
}
