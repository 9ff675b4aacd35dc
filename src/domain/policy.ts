import type { Verdict } from './verdict.ts';

/** `observe` stores verdicts only; `review` also raises flags for moderators. */
export const MODES = ['observe', 'review'] as const;
export type Mode = (typeof MODES)[number];

/** What a channel does with verdicts. */
export interface Policy {
  mode: Mode;
  /** Scores at or above it are flagged, in [0, 1]. */
  threshold: number;
}

/** A probability above one half is what `polarized` means wherever no one chose a threshold. */
export const DEFAULT_THRESHOLD = 0.5;

export function isFlagged(policy: Policy, verdict: Pick<Verdict, 'score'>): boolean {
  return policy.mode === 'review' && verdict.score >= policy.threshold;
}
