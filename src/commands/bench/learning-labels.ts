import { weigh } from '../../domain/dawid-skene.ts';
import { readExamples } from '../../trainer/dataset.ts';
import { seeded } from '../../trainer/random.ts';
import { atMost, informing, type Figure } from './figure.ts';
import { majorityOf, simulateVotes, type LearningInput } from './learning-votes.ts';

const RUNS = 10;
const VOTES = 3;
/** Decisions of a year in a community of some size. */
const POSTS = 3000;

/** How often decisions are wrong against a majority vote, on the labels of real posts: three votes each, no model's voice. */
export async function labelError({ data, seed, onProgress }: LearningInput): Promise<Figure[]> {
  const truths = (await Promise.all(data.map(readExamples))).flat().map(({ label }) => label === 1);
  let [weighed, majority, all] = [0, 0, 0];
  for (let run = 0; run < RUNS; run += 1) {
    const random = seeded(seed, run);
    const some = Array.from({ length: POSTS }, () => truths[Math.floor(random() * truths.length)]!);
    const posts = simulateVotes(some, { each: VOTES, random });
    const { probabilities } = weigh(posts);
    for (const [at, truth] of some.entries()) {
      if (probabilities[at]! > 0.5 !== truth) weighed += 1;
      if (majorityOf(posts[at]!) > 0.5 !== truth) majority += 1;
      all += 1;
    }
    onProgress?.(run + 1, RUNS);
  }
  const against = `a majority vote, ${RUNS} runs of ${POSTS} posts with ${VOTES} votes`;
  return [
    atMost(0.55, { name: 'label error of decisions', value: weighed / majority, unit: 'x', against }),
    informing({ name: 'wrong decisions', value: (100 * weighed) / all, unit: '%', against }),
    informing({ name: 'wrong by majority', value: (100 * majority) / all, unit: '%', against }),
  ];
}
