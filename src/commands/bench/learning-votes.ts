import type { JudgedPost } from '../../domain/dawid-skene.ts';
import type { Random } from '../../trainer/random.ts';

/** What every part of the benchmark of learning is given. */
export interface LearningInput {
  /** Files of JSON lines {"text", "label", "lang"}; those with `.dev.` in their name are held out. */
  data: readonly string[];
  seed: number;
  onProgress?: (done: number, total: number) => void;
}

/** The moderators of the simulation, by how often each is right. */
const ACCURACIES = [0.95, 0.9, 0.75, 0.6, 0.5] as const;

/** Answers of `each` moderators a post, chosen at random; who is right as often as their accuracy says. */
export function simulateVotes(
  truths: readonly boolean[],
  { accuracies = ACCURACIES, each, random }: { accuracies?: readonly number[]; each: number; random: Random },
): JudgedPost[] {
  return truths.map((polarized) => ({
    language: 'und',
    score: null,
    known: null,
    votes: accuracies
      .map((accuracy, at) => ({ accuracy, moderator: `moderator ${at}`, place: random() }))
      .toSorted((one, other) => one.place - other.place)
      .slice(0, each)
      .map(({ accuracy, moderator }) => ({ moderator, polarized: polarized === random() < accuracy, weight: 1 })),
  }));
}

/** The share of votes for `polarized`, for an odd number of votes the majority's answer. */
export function majorityOf({ votes }: JudgedPost): number {
  return votes.filter(({ polarized }) => polarized).length / votes.length;
}
