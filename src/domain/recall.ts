/** Posts of one stratum of scores that nothing flagged, those of them that moderators answered blind, and what they said. */
export interface AuditedStratum {
  posts: number;
  asked: number;
  polarized: number;
}

/** Posts that a score flagged, and what was decided of them so far. */
export interface FlaggedPosts {
  posts: number;
  decided: number;
  polarized: number;
}

/** Which share of the polarized posts was flagged. */
export interface Recall {
  estimate: number;
  /** A 95 % interval. */
  low: number;
  high: number;
  /** Answers that it rests on. */
  asked: number;
}

/** Fewer say too little. */
const ASKED_LEAST = 20;
const DRAWS = 4000;

/**
 * Recall from a blind audit: in each stratum the share of polarized posts has a Beta posterior from the posts that were
 * answered, and stands for those that were not; the interval is that of 4,000 draws of all strata together, the estimate
 * their median. Within a stratum posts are drawn alike, so it does not matter how often (post-stratification). The same
 * figures give the same interval. Null with fewer than `ASKED_LEAST` answers, or where nothing was flagged.
 */
export function estimateRecall(strata: readonly AuditedStratum[], flagged: FlaggedPosts): Recall | null {
  const asked = strata.reduce((sum, each) => sum + each.asked, 0);
  if (asked < ASKED_LEAST || flagged.decided === 0) return null;
  const random = mulberry32(1);
  const shares = Float64Array.from({ length: DRAWS }, () => {
    const missed = strata.reduce((sum, { posts, asked: seen, polarized }) => {
      return sum + polarized + amongOthers(posts - seen, { seen, polarized }, random);
    }, 0);
    const { posts, decided, polarized } = flagged;
    const caught = polarized + amongOthers(posts - decided, { seen: decided, polarized }, random);
    return caught + missed === 0 ? 1 : caught / (caught + missed);
  }).sort();
  const at = (q: number): number => shares[Math.round(q * (DRAWS - 1))]!;
  return { estimate: at(0.5), low: at(0.025), high: at(0.975), asked };
}

/** Jeffreys' prior of a share. */
const PRIOR = 0.5;

/** How many of `count` posts that nobody saw are polarized, in one draw: the share is uncertain, and so is chance. */
function amongOthers(
  count: number,
  { seen, polarized }: { seen: number; polarized: number },
  random: () => number,
): number {
  if (count <= 0) return 0;
  const share = beta(polarized + PRIOR, seen - polarized + PRIOR, random);
  const chance = Math.sqrt(count * share * (1 - share)) * normal(random);
  return Math.min(count, Math.max(0, count * share + chance));
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function beta(a: number, b: number, random: () => number): number {
  const one = gamma(a, random);
  const other = gamma(b, random);
  return one / (one + other);
}

/** Marsaglia and Tsang (2000); for shapes below 1 by one more uniform number. */
function gamma(shape: number, random: () => number): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
