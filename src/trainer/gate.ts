import type { Comparison, FlagVolume, Interval, Refusal } from '../domain/lesson.ts';
import { macroF1, measure } from './metrics.ts';
import { seeded } from './random.ts';

/** A labelled post as the version that answers now scores it, and as the candidate does. */
export interface JudgedPost {
  language: string;
  label: 0 | 1;
  before: number;
  after: number;
  /** Scores from here on count as polarized. */
  threshold: number;
}

/** Macro-F1 that a frozen holdout may lose before that counts as a fall, and a language before it is refused. */
const SLACK = 0.005;
const LANGUAGE_SLACK = 0.01;
const CALIBRATION_SLACK = 0.02;
/** Of fewer posts a language's F1 and a calibration say nothing: one post is worth more than the slack. */
const ENOUGH = 50;
/** By how much flags may move, as a share of what they are and in posts. */
const VOLUME_SLACK = 0.25;
const VOLUME_POSTS = 2;

const RESAMPLES = 1000;
const SEED = 7;

/** Two versions on one holdout, with a 95 % interval of the change: a paired bootstrap over posts, within languages. */
export function compare(holdout: Comparison['holdout'], posts: readonly JudgedPost[]): Comparison {
  const groups = [...Map.groupBy(posts, ({ language }) => language)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const languages = groups.map(([language, own]) => ({
    language,
    posts: own.length,
    before: f1Of(own, 'before'),
    after: f1Of(own, 'after'),
  }));
  const [before, after] = [meanOf(languages.map((each) => each.before)), meanOf(languages.map((each) => each.after))];
  const labels = posts.map(({ label }) => label);
  const eceOf = (when: 'before' | 'after'): number =>
    measure(
      posts.map((post) => post[when]),
      labels,
    ).ece;
  const rightOf = (when: 'before' | 'after'): number => posts.filter((post) => isRight(post, when)).length;
  return {
    holdout,
    posts: posts.length,
    before,
    after,
    change: { estimate: after - before, ...bootstrap(groups.map(([, own]) => own)) },
    right: { before: rightOf('before'), after: rightOf('after') },
    ece: { before: eceOf('before'), after: eceOf('after') },
    languages,
  };
}

/** Every reason not to serve a candidate; none where it may be served. `cost`: multiplications that adapters add a token. */
export function judge(
  comparisons: readonly Comparison[],
  volume: FlagVolume | null,
  cost: { before: number; after: number },
): Refusal[] {
  const refusals: Refusal[] = [];
  for (const { holdout, before, after, change, ece, posts, languages } of comparisons) {
    // What a community decided lately must not get worse at all; of a frozen set, half a point is noise unless it is sure.
    const fell = holdout === 'decisions' ? change.estimate < 0 : change.estimate < -SLACK || change.high < 0;
    if (fell) refusals.push({ kind: 'f1-fell', holdout, before, after });
    for (const each of languages)
      if (languages.length > 1 && each.posts >= ENOUGH && each.after < each.before - LANGUAGE_SLACK)
        refusals.push({
          kind: 'language-fell',
          holdout,
          language: each.language,
          before: each.before,
          after: each.after,
        });
    if (posts >= ENOUGH && ece.after > ece.before + CALIBRATION_SLACK)
      refusals.push({ kind: 'calibration-fell', holdout, ...ece });
  }
  if (volume !== null) {
    const most = Math.max(VOLUME_POSTS, VOLUME_SLACK * volume.before);
    if (Math.abs(volume.after - volume.before) > most)
      refusals.push({ kind: 'volume-moved', before: volume.before, after: volume.after });
  }
  if (cost.after > cost.before) refusals.push({ kind: 'too-slow', ...cost });
  return refusals;
}

/** Neighbours that tell how a post of a score will be scored. */
const NEIGHBOURS = 25;

/**
 * Flags of past posts under a new version, told from their stored scores alone. What a version changes is learned from
 * posts whose text is at hand: a past post is taken to move as the 25 of them that had the nearest scores, in logits.
 */
export function expectedFlags(
  past: readonly { score: number; threshold: number }[],
  known: readonly { before: number; after: number }[],
): FlagVolume {
  const moves = known
    .map(({ before, after }) => ({ at: logit(before), by: logit(after) - logit(before) }))
    .toSorted((a, b) => a.at - b.at);
  // Scores that differ by less than this move alike: a week may hold a million.
  const binned = Map.groupBy(past, ({ score, threshold }) => `${Math.round(logit(score) * 20)} ${threshold}`);
  let after = 0;
  for (const [first, ...others] of binned.values()) {
    const at = logit(first!.score);
    const near = nearest(moves, at, NEIGHBOURS);
    const limit = logit(first!.threshold);
    const share =
      near.length === 0
        ? Number(first!.score >= first!.threshold)
        : near.filter(({ by }) => at + by >= limit).length / near.length;
    after += share * (others.length + 1);
  }
  const before = past.filter(({ score, threshold }) => score >= threshold).length;
  return { posts: past.length, before, after, known: known.length };
}

/** The `count` nearest of sorted moves. */
function nearest<T extends { at: number }>(moves: readonly T[], at: number, count: number): readonly T[] {
  let [low, high] = [0, moves.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moves[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  high = low;
  while (high - low < Math.min(count, moves.length)) {
    const takesLower = high === moves.length || (low > 0 && at - moves[low - 1]!.at <= moves[high]!.at - at);
    if (takesLower) low -= 1;
    else high += 1;
  }
  return moves.slice(low, high);
}

function logit(score: number): number {
  const bounded = Math.min(1 - 1e-6, Math.max(1e-6, score));
  return Math.log(bounded / (1 - bounded));
}

function isRight(post: JudgedPost, when: 'before' | 'after'): boolean {
  return post[when] >= post.threshold === (post.label === 1);
}

function f1Of(posts: readonly JudgedPost[], when: 'before' | 'after'): number {
  const counts = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
  for (const post of posts) {
    const positive = post[when] >= post.threshold;
    if (post.label === 1) counts[positive ? 'truePositive' : 'falseNegative'] += 1;
    else counts[positive ? 'falsePositive' : 'trueNegative'] += 1;
  }
  return macroF1(counts);
}

function bootstrap(groups: readonly (readonly JudgedPost[])[]): Omit<Interval, 'estimate'> {
  const random = seeded(SEED);
  const changes = Array.from({ length: RESAMPLES }, () =>
    meanOf(
      groups.map((posts) => {
        const sample = posts.map(() => posts[Math.floor(random() * posts.length)]!);
        return f1Of(sample, 'after') - f1Of(sample, 'before');
      }),
    ),
  ).toSorted((a, b) => a - b);
  return { low: changes[Math.floor(RESAMPLES * 0.025)]!, high: changes[Math.ceil(RESAMPLES * 0.975) - 1]! };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
