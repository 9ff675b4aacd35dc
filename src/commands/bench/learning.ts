import { EvenkeelError } from '../../runtime/errors.ts';
import { createProgress } from '../../runtime/progress.ts';
import type { Bench, Figure } from './figure.ts';
import type { LearningInput } from './learning-votes.ts';

/** The parts of the benchmark, loaded when they run. */
const PARTS: Readonly<Record<string, () => Promise<Bench>>> = {
  weeks: async () => (await import('./learning-weeks.ts')).benchWeeks,
  swap: async () => (await import('./learning-swap.ts')).benchSwap,
  labels: async () => onPosts('labels', (await import('./learning-labels.ts')).labelError),
  noise: async () => onPosts('noise', (await import('./learning-noise.ts')).noisyTraining),
  choice: async () => onPosts('choice', (await import('./learning-choice.ts')).labelsNeeded),
  recall: async () => onPosts('recall', (await import('./learning-recall.ts')).recallCoverage),
};

/** Every simulation draws the same. */
const SEED = 1;

/** A simulation on labelled posts, as a benchmark. */
function onPosts(label: string, simulate: (input: LearningInput) => Promise<Figure[]>): Bench {
  return async ({ data = [] }) => {
    if (data.length === 0)
      throw new EvenkeelError('usage', `The part ${label} of learning needs labelled posts`, {
        hint: 'Give --data FILES of {"text", "label", "lang"}, with those held out named NAME.dev.jsonl.',
      });
    const progress = createProgress({ label, total: 1, unit: 'parts' });
    try {
      return await simulate({ data, seed: SEED, onProgress: (done, total) => progress.update(done / total) });
    } finally {
      progress.finish();
    }
  };
}

/** Learning from moderators: what simulated weeks release, how a release reaches those that serve, and what answers are worth. */
export const benchLearning: Bench = async (flags) => {
  const { part } = flags;
  const chosen = part === undefined ? Object.keys(PARTS) : [part];
  const figures = [];
  for (const name of chosen) {
    const load = PARTS[name];
    if (load === undefined)
      throw new EvenkeelError('usage', `The benchmark learning has no part ${name}`, {
        hint: `It has ${Object.keys(PARTS).join(', ')}.`,
      });
    figures.push(...(await (await load())(flags)));
  }
  return figures;
};
