import {
  bandAt,
  designEffect,
  evidenceOf,
  GOOD_FAITH,
  logit,
  modelEvidence,
  SCORE_BANDS,
  sigmoid,
} from './consensus.ts';
import type { Consensus, Reliability } from './consensus.ts';

/** A post with the answers that take a side. */
export interface JudgedPost {
  language: string;
  /** Null: the model is not asked. */
  score: number | null;
  /** The answer that is known to be right; null where none is. */
  known: boolean | null;
  votes: readonly { moderator: string; polarized: boolean; weight: number }[];
}

export interface Weighing extends Consensus {
  reliabilities: Map<string, Reliability>;
  /** Of each post in the order given, that it is polarized, less what answers share; null where nobody's counts. */
  probabilities: (number | null)[];
}

/** Weights of what is believed before any answer; 0 everywhere is maximum likelihood. */
export interface Beliefs {
  right: number;
  wrong: number;
  /** Posts' worth of belief that a language is like the whole community, and the whole evenly split. */
  prior: number;
  /** Posts' worth of belief that a score band says nothing. */
  band: number;
}

const BELIEFS: Beliefs = { ...GOOD_FAITH, prior: 10, band: 5 };
const ROUNDS_MOST = 200;
const STILL = 1e-6;

/**
 * Who is right how often, and what is true, from answers alone: Dawid and Skene (1979) with two coins a moderator, Beta
 * priors and the model's score as one more voice, by expectation-maximization from the majority. Deterministic; the order
 * of posts and votes does not matter beyond rounding. No posts: everything is as believed.
 */
export function weigh(posts: readonly JudgedPost[], beliefs: Partial<Beliefs> = {}): Weighing {
  const believed = { ...BELIEFS, ...beliefs };
  let probabilities = posts.map(majority);
  let fitted = maximize(posts, probabilities, believed);
  for (let round = 0; round < ROUNDS_MOST; round += 1) {
    const next = posts.map((post) => expect(post, fitted));
    const moved = next.reduce<number>(
      (most, p, at) => Math.max(most, Math.abs((p ?? 0) - (probabilities[at] ?? 0))),
      0,
    );
    probabilities = next;
    fitted = maximize(posts, probabilities, believed);
    if (moved < STILL) break;
  }
  return { ...fitted, probabilities: posts.map((post) => expect(post, fitted, designEffect)) };
}

type Fitted = Omit<Weighing, 'probabilities'>;

function majority({ known, votes }: JudgedPost): number | null {
  if (known !== null) return known ? 1 : 0;
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  return votes.reduce((sum, { polarized, weight }) => sum + (polarized ? weight : 0), 0) / total;
}

function expect(
  { language, score, known, votes }: JudgedPost,
  fitted: Fitted,
  effect: (answers: number) => number = () => 1,
): number | null {
  if (known !== null) return known ? 1 : 0;
  const counting = votes.filter(({ weight }) => weight > 0);
  if (counting.length === 0) return null;
  const evidence = counting.reduce((sum, { moderator, polarized, weight }) => {
    return sum + evidenceOf({ polarized, weight, reliability: fitted.reliabilities.get(moderator)! });
  }, 0);
  const model = score === null ? 0 : modelEvidence(fitted.model, bandAt(score));
  return sigmoid((logit(fitted.priors[language]!) + model + evidence) / effect(counting.length));
}

function maximize(posts: readonly JudgedPost[], probabilities: readonly (number | null)[], believed: Beliefs): Fitted {
  const { right, wrong, prior, band } = believed;
  const languages = new Map<string, { polarized: number; posts: number }>();
  const all = { polarized: prior / 2, posts: prior };
  const voices = new Map<string, { hits: number; polarized: number; passes: number; other: number }>();
  const bands = { polarized: SCORE_BANDS.map(() => band), other: SCORE_BANDS.map(() => band) };
  for (const [at, { language, score, votes }] of posts.entries()) {
    const p = probabilities[at];
    for (const { moderator } of votes) {
      if (!voices.has(moderator)) voices.set(moderator, { hits: 0, polarized: 0, passes: 0, other: 0 });
    }
    const counts = languages.get(language) ?? { polarized: 0, posts: 0 };
    languages.set(language, counts);
    if (p === null || p === undefined) continue;
    counts.polarized += p;
    counts.posts += 1;
    all.polarized += p;
    all.posts += 1;
    if (score !== null) {
      bands.polarized[bandAt(score)]! += p;
      bands.other[bandAt(score)]! += 1 - p;
    }
    for (const { moderator, polarized, weight } of votes) {
      const voice = voices.get(moderator)!;
      voice.polarized += weight * p;
      voice.other += weight * (1 - p);
      if (polarized) voice.hits += weight * p;
      else voice.passes += weight * (1 - p);
    }
  }
  const whole = share(all.polarized, all.posts);
  return {
    priors: Object.fromEntries(
      [...languages].map(([language, { polarized, posts: count }]) => [
        language,
        share(polarized + prior * whole, count + prior),
      ]),
    ),
    model: { polarized: normalized(bands.polarized), other: normalized(bands.other) },
    reliabilities: new Map(
      [...voices].map(([moderator, { hits, polarized, passes, other }]) => [
        moderator,
        {
          sensitivity: share(hits + right, polarized + right + wrong),
          specificity: share(passes + right, other + right + wrong),
        },
      ]),
    ),
  };
}

/** One half where there is nothing to divide. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0.5 : part / whole;
}

function normalized(counts: readonly number[]): number[] {
  const sum = counts.reduce((total, each) => total + each, 0);
  return counts.map((each) => (sum === 0 ? 1 / counts.length : each / sum));
}
