/** What the answers of a community say of it as a whole: the part of the weighing that is nobody's own. */
export interface Consensus {
  /** The share of posts by language that is polarized, among those that moderators were asked about. */
  priors: Record<string, number>;
  /** How often each band of the model's score (`SCORE_BANDS`) comes with a polarized post, and with another. */
  model: { polarized: number[]; other: number[] };
}

/** The upper ends of the bands in which the model speaks as one voice among others. */
export const SCORE_BANDS = [0.1, 0.25, 0.5, 0.65, 0.8, 0.9, 1] as const;

/** How a moderator's answers hold up: the share of polarized posts that they call so, and of others that they do not. */
export interface Reliability {
  sensitivity: number;
  specificity: number;
}

/** Beta(4, 1) for each of the two shares: five answers' worth of good faith, so that three labels are enough. */
export const GOOD_FAITH = { right: 4, wrong: 1 } as const;

/** What holds of someone of whom nothing is known. */
export const UNKNOWN_RELIABILITY: Reliability = { sensitivity: 0.8, specificity: 0.8 };

/** An answer that takes a side, with what it counts for. */
export interface Vote {
  polarized: boolean;
  reliability: Reliability;
  /** From 0 (does not count) to 1. */
  weight: number;
}

/**
 * How much answers to one post depend on each other, as moderators see each other's: the log odds that `n` of them make
 * are divided by 1 + (n - 1) * CORRELATION (Kish's design effect). It changes how sure they make, never of which side.
 */
const CORRELATION = 0.1;

/** Where nothing is known. */
const NEUTRAL_PRIOR = 0.5;

/** The model speaks no louder than one good moderator. */
const MODEL_LOUDEST = Math.log(4);

/** Keeps a single voice from being certain. */
const LEAST = 0.01;

/**
 * What a vote adds to the log odds that a post is polarized. Of someone whose answers tell nothing, or the opposite of
 * the truth, it is 0: a vote is never counted against what it says.
 */
export function evidenceOf({ polarized, reliability, weight }: Vote): number {
  const sensitivity = within(reliability.sensitivity);
  const specificity = within(reliability.specificity);
  if (sensitivity + specificity <= 1) return 0;
  const said = polarized ? Math.log(sensitivity / (1 - specificity)) : Math.log((1 - sensitivity) / specificity);
  return weight * said;
}

/** The probability that a post is polarized, by its votes, its language and the model; null where no vote counts. */
export function probabilityOf(
  votes: readonly Vote[],
  { consensus, language, score }: { consensus: Consensus | null; language: string; score: number },
): number | null {
  const counting = votes.filter(({ weight }) => weight > 0);
  if (counting.length === 0) return null;
  const prior = consensus?.priors[language] ?? NEUTRAL_PRIOR;
  const model = consensus === null ? 0 : modelEvidence(consensus.model, bandAt(score));
  const evidence = counting.reduce((sum, vote) => sum + evidenceOf(vote), 0);
  return sigmoid((logit(prior) + model + evidence) / designEffect(counting.length));
}

export function designEffect(answers: number): number {
  return 1 + Math.max(0, answers - 1) * CORRELATION;
}

/** What the model's score adds to the log odds, as far as moderators agreed with it so far. */
export function modelEvidence({ polarized, other }: Consensus['model'], band: number): number {
  const said = Math.log((polarized[band] ?? 1) / (other[band] ?? 1));
  return Math.max(-MODEL_LOUDEST, Math.min(MODEL_LOUDEST, said));
}

/** The place of a score among `SCORE_BANDS`. */
export function bandAt(score: number): number {
  const band = SCORE_BANDS.findIndex((end) => score < end);
  return band === -1 ? SCORE_BANDS.length - 1 : band;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function logit(p: number): number {
  return Math.log(within(p, 1e-9) / (1 - within(p, 1e-9)));
}

function within(p: number, least = LEAST): number {
  return Math.min(1 - least, Math.max(least, p));
}
