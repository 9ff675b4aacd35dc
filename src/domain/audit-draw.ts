/**
 * The blind audit: unflagged posts drawn at random, whose answers tell what scores miss. Strata by score, each with how
 * often its posts are drawn beside the highest: near the threshold there is more to learn (Neyman's allocation, as far as
 * the score tells how varied the answers are), but every post can be drawn.
 */
export const AUDIT_STRATA = [
  { below: 0.1, share: 0.4 },
  { below: 0.25, share: 0.8 },
  { below: 0.5, share: 1 },
  { below: Infinity, share: 1 },
] as const;

/** Unflagged posts that moderators are asked about in a day, at most. */
export const AUDITS_MOST = 50;

function stratumOf(score: number): number {
  return AUDIT_STRATA.findIndex(({ below }) => score < below);
}

/** The chance with which an unflagged post is drawn, where posts of the highest strata are drawn at `rate`. */
export function chanceOf(score: number, rate: number): number {
  return Math.min(1, rate * AUDIT_STRATA[stratumOf(score)]!.share);
}

/** The rate at which a day's posts, by stratum, make as many draws as asked for. */
export function rateFor(perDay: number, posts: readonly number[]): number {
  const expected = AUDIT_STRATA.reduce((sum, { share }, at) => sum + share * (posts[at] ?? 0), 0);
  return expected === 0 ? 1 : Math.min(1, perDay / expected);
}
