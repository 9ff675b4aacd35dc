import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { designEffect, logit, probabilityOf, sigmoid, UNKNOWN_RELIABILITY } from '../../src/domain/consensus.ts';
import { weigh } from '../../src/domain/dawid-skene.ts';
import type { JudgedPost } from '../../src/domain/dawid-skene.ts';
import { seeded } from '../../src/trainer/random.ts';

interface Reference {
  votes: [post: number, moderator: number, polarized: number][];
  plain: Fitted;
  map: Fitted;
}
interface Fitted {
  probabilities: number[];
  sensitivity: number[];
  specificity: number[];
  prior: number;
}

const reference = JSON.parse(
  readFileSync(new URL('../fixtures/dawid-skene/reference.json', import.meta.url), 'utf8'),
) as Reference;

const posts: JudgedPost[] = [...Map.groupBy(reference.votes, ([at]) => at)]
  .toSorted(([one], [other]) => one - other)
  .map(([, votes]) => ({
    language: 'en',
    score: null,
    known: null,
    votes: votes.map(([, who, said]) => ({ moderator: String(who), polarized: said === 1, weight: 1 })),
  }));

/** Answers by moderators of given accuracies; a negative one answers the opposite of what an honest one of that accuracy would. */
function simulate(
  accuracies: readonly number[],
  { count, each, seed = 7, share = 0.4 }: { count: number; each: number; seed?: number; share?: number },
): { posts: JudgedPost[]; truth: boolean[] } {
  const random = seeded(seed);
  const truth = Array.from({ length: count }, () => random() < share);
  return {
    truth,
    posts: truth.map((polarized) => ({
      language: 'en',
      score: null,
      known: null,
      votes: accuracies
        .map((accuracy, at) => ({ accuracy, moderator: `m${at}`, place: random() }))
        .toSorted((one, other) => one.place - other.place)
        .slice(0, each)
        .map(({ accuracy, moderator }) => {
          const right = random() < Math.abs(accuracy) === accuracy > 0;
          return { moderator, polarized: polarized === right, weight: 1 };
        }),
    })),
  };
}

const errorOf = (probabilities: readonly (number | null)[], truth: readonly boolean[]): number =>
  probabilities.filter((p, at) => (p ?? 0.5) > 0.5 !== truth[at]).length / truth.length;

const majorityOf = (judged: readonly JudgedPost[]): number[] =>
  judged.map(({ votes }) => votes.filter(({ polarized }) => polarized).length / votes.length);

describe('the weighing of answers', () => {
  test.each([
    ['crowd-kit’s Dawid-Skene without priors', reference.plain, { right: 0, wrong: 0, prior: 0, band: 0 }],
    ['numpy’s with Beta priors', reference.map, { right: 4, wrong: 1, prior: 10, band: 0 }],
  ])('finds what %s finds', (_name, expected, beliefs) => {
    const { probabilities, reliabilities, priors } = weigh(posts, beliefs);
    expect(priors['en']).toBeCloseTo(expected.prior, 3);
    for (const [who, sensitivity] of expected.sensitivity.entries()) {
      expect(reliabilities.get(String(who))!.sensitivity).toBeCloseTo(sensitivity, 3);
      expect(reliabilities.get(String(who))!.specificity).toBeCloseTo(expected.specificity[who]!, 3);
    }
    // What the answers of one post share is taken off the log odds at the end: put back, they are the reference's.
    const whole = probabilities.map((p, at) => sigmoid(logit(p!) * designEffect(posts[at]!.votes.length)));
    const furthest = Math.max(...whole.map((p, at) => Math.abs(p - expected.probabilities[at]!)));
    expect(furthest).toBeLessThan(2e-3);
  });

  test('does not depend on the order of posts and answers', () => {
    const turned = posts.map((post) => ({ ...post, votes: post.votes.toReversed() })).toReversed();
    const one = weigh(posts).probabilities;
    const other = weigh(turned).probabilities.toReversed();
    for (const [at, p] of one.entries()) expect(other[at]).toBeCloseTo(p!, 6);
  });

  test('beats the majority by half where moderators differ', () => {
    const { posts: judged, truth } = simulate([0.95, 0.9, 0.75, 0.6, 0.5], { count: 4000, each: 3 });
    expect(errorOf(weigh(judged).probabilities, truth)).toBeLessThan(0.6 * errorOf(majorityOf(judged), truth));
  });

  test('is not turned around by a third of moderators who answer the opposite', () => {
    const { posts: judged, truth } = simulate([0.9, 0.85, 0.8, 0.75, 0.9, 0.8, 0.85, -0.9, -0.9, -0.9], {
      count: 600,
      each: 5,
    });
    const { probabilities, reliabilities } = weigh(judged);
    expect(errorOf(probabilities, truth)).toBeLessThan(0.1);
    expect(errorOf(probabilities, truth)).toBeLessThan(0.6 * errorOf(majorityOf(judged), truth));
    for (const hostile of ['m7', 'm8', 'm9']) {
      const { sensitivity, specificity } = reliabilities.get(hostile)!;
      expect(sensitivity + specificity).toBeLessThan(0.5);
    }
  });

  test('is sure of what is known, and learns from it who is right', () => {
    const votes = [
      { moderator: 'right', polarized: true, weight: 1 },
      { moderator: 'wrong', polarized: false, weight: 1 },
    ];
    const known = Array.from({ length: 20 }, () => ({ language: 'en', score: null, known: true, votes }));
    const { probabilities } = weigh([...known, { ...known[0]!, known: null }]);
    expect(probabilities.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 1));
    expect(probabilities[20]).toBeGreaterThan(0.9);
  });

  test('says nothing where nobody’s answer counts', () => {
    const votes = [{ moderator: 'a', polarized: true, weight: 0 }];
    expect(weigh([{ language: 'en', score: 0.9, known: null, votes }]).probabilities).toEqual([null]);
    expect(weigh([]).probabilities).toEqual([]);
    expect(probabilityOf([], { consensus: null, language: 'en', score: 0.9 })).toBeNull();
  });

  test('three labels of people of whom nothing is known are enough to be fairly sure, one is not', () => {
    const vote = { polarized: true, reliability: UNKNOWN_RELIABILITY, weight: 1 };
    const ground = { consensus: null, language: 'en', score: 0.5 };
    expect(probabilityOf([vote], ground)).toBeCloseTo(0.8, 5);
    expect(probabilityOf([vote, vote, vote], ground)).toBeGreaterThan(0.95);
    expect(probabilityOf([vote, { ...vote, polarized: false }], ground)).toBeCloseTo(0.5, 5);
  });

  test('the model is one voice, as loud as its agreement with moderators makes it', () => {
    const { posts: judged, truth } = simulate([0.9, 0.9, 0.9], { count: 400, each: 3 });
    const random = seeded(3);
    const good = judged.map((post, at) => ({ ...post, score: truth[at] === random() < 0.85 ? 0.95 : 0.05 }));
    const bad = judged.map((post) => ({ ...post, score: random() < 0.5 ? 0.95 : 0.05 }));
    const vote = [{ polarized: true, reliability: UNKNOWN_RELIABILITY, weight: 1 }];
    const saying = (some: JudgedPost[], score: number): number =>
      probabilityOf(vote, { consensus: weigh(some), language: 'en', score })!;
    expect(saying(good, 0.95) - saying(good, 0.05)).toBeGreaterThan(0.3);
    expect(Math.abs(saying(bad, 0.95) - saying(bad, 0.05))).toBeLessThan(0.1);
  });
});
