import type { CommunityAddress } from './message.ts';
import type { LeftBand } from './watch.ts';

/** Why a training run began: its hour came, a person asked, or an example was erased that the served version had used. */
export type RunCause = 'schedule' | 'asked' | 'erasure';

/**
 * How it ended. `too-few`: not enough decisions to learn from and to judge by; `nothing-new`: none since the last run;
 * `learned-nothing`: no candidate, as no pass over the decisions did better than the start; `withdrawn`: a version that
 * had used erased examples is served no more, and none took its place.
 */
export const RUN_OUTCOMES = ['promoted', 'refused', 'learned-nothing', 'too-few', 'nothing-new', 'withdrawn'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** An estimate with its 95 % interval. */
export interface Interval {
  estimate: number;
  low: number;
  high: number;
}

/** One set of labelled posts that two versions were held against. Macro-F1 is the mean of the languages'. */
export interface Comparison {
  /** `public`: the operator's frozen holdout; `decisions`: what the community decided, kept apart from training. */
  holdout: 'public' | 'decisions';
  posts: number;
  before: number;
  after: number;
  /** Of after less before, by a paired bootstrap over posts. */
  change: Interval;
  /** Posts on the right side of their threshold. */
  right: { before: number; after: number };
  ece: { before: number; after: number };
  languages: { language: string; posts: number; before: number; after: number }[];
}

/** Flags of the last week's posts at the thresholds that hold now. */
export interface FlagVolume {
  posts: number;
  before: number;
  /** Expected of the new version; see `expectedFlags`. */
  after: number;
  /** Posts of known text that the expectation is made from. */
  known: number;
}

/** Why a version is not served, in figures; words are made of it where it is shown. */
export type Refusal =
  | { kind: 'f1-fell'; holdout: Comparison['holdout']; before: number; after: number }
  | { kind: 'language-fell'; holdout: Comparison['holdout']; language: string; before: number; after: number }
  | { kind: 'calibration-fell'; holdout: Comparison['holdout']; before: number; after: number }
  | { kind: 'volume-moved'; before: number; after: number }
  /** The shared adapter does better on what the community decided: one of its own is not worth keeping. */
  | { kind: 'shared-better'; before: number; after: number }
  | { kind: 'too-slow'; before: number; after: number };

/** What a training run of one language's adapter came to. */
export interface Lesson {
  language: string;
  adapter: string;
  /** Of the candidate; null where there was none. */
  version: string | null;
  outcome: RunOutcome | 'rolled-back';
  /** Of a version that was taken back: what live posts showed. */
  why?: LeftBand;
  /** Decisions that were learned from, those kept apart included. */
  corrections: number;
  comparisons: Comparison[];
  volume: FlagVolume | null;
  refusals: Refusal[];
}

/** A version that was trained for one community alone. */
export interface OwnVersion {
  language: string;
  version: string;
  /** `before`: it answered once; `refused`: its gate did not let it. */
  state: 'active' | 'before' | 'refused';
  trainedAt: Date;
}

/** A version that answers no more, and the earlier one that does; null: what came with the model. */
export interface TakenBack {
  language: string;
  from: string;
  to: string | null;
}

/** The weekly card of a community: what its corrections changed, language by language. */
export interface WeeklyReport {
  /** A number of our own, as text. */
  id: string;
  community: CommunityAddress;
  /** When the runs began, as `2026-11-23`. */
  day: string;
  lessons: Lesson[];
}
