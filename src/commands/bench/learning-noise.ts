import { weigh } from '../../domain/dawid-skene.ts';
import type { Example } from '../../domain/example.ts';
import { measure } from '../../trainer/metrics.ts';
import { seeded } from '../../trainer/random.ts';
import { atLeast, informing, type Figure } from './figure.ts';
import { ngramRows } from './learning-ngrams.ts';
import { examplesByLanguage } from './learning-posts.ts';
import { majorityOf, simulateVotes, type LearningInput } from './learning-votes.ts';

const VOTES = 3;
const RUNS = 2;

type Labelling = 'clean' | 'weighed' | 'majority' | 'single';

/** Macro-F1 on held-out posts after training with three noisy votes a post, against clean labels; mean of the languages. */
export async function noisyTraining({ data, seed, onProgress }: LearningInput): Promise<Figure[]> {
  const languages = [...(await examplesByLanguage(data))];
  const sums: Record<Labelling, number> = { clean: 0, weighed: 0, majority: 0, single: 0 };
  for (const [at, [, { train, dev }]] of languages.entries()) {
    for (let run = 0; run < RUNS; run += 1) {
      const found = trainings(train, dev, seeded(seed, at, run));
      for (const labelling of Object.keys(sums) as Labelling[]) {
        sums[labelling] += found[labelling] / (languages.length * RUNS);
      }
      onProgress?.(at * RUNS + run + 1, languages.length * RUNS);
    }
  }
  const against = `clean labels, macro-F1 ${sums.clean.toFixed(3)} of n-gram models (${languages.map(([name]) => name).join(', ')})`;
  const of = (labelling: Labelling) => ({ value: sums[labelling] / sums.clean, unit: 'x', against });
  return [
    atLeast(0.97, { name: 'F1 with 3 noisy votes a post', ...of('weighed') }),
    informing({ name: 'F1 with their majority', ...of('majority') }),
    informing({ name: 'F1 with one of them', ...of('single') }),
  ];
}

function trainings(
  train: readonly Example[],
  dev: readonly Example[],
  random: () => number,
): Record<Labelling, number> {
  const rows = ngramRows([...train, ...dev].map(({ text }) => text));
  const places = train.map((_, at) => at);
  const asked = dev.map((_, at) => train.length + at);
  const truths = dev.map(({ label }) => label);
  const posts = simulateVotes(
    train.map(({ label }) => label === 1),
    { each: VOTES, random },
  );
  const targets: Record<Labelling, number[]> = {
    clean: train.map(({ label }) => label),
    // As probabilities: what is doubtful teaches less.
    weighed: weigh(posts).probabilities.map((p) => p!),
    majority: posts.map((post) => Math.round(majorityOf(post))),
    single: posts.map(({ votes }) => Number(votes[0]!.polarized)),
  };
  const f1 = (labelling: Labelling) => measure(rows.scores(places, targets[labelling], asked), truths).macroF1;
  return { clean: f1('clean'), weighed: f1('weighed'), majority: f1('majority'), single: f1('single') };
}
