import type { Decision } from './decision.ts';
import type { Label } from './label.ts';
import type { MessageIdentity } from './message.ts';
import type { Verdict } from './verdict.ts';

/**
 * `open`: waits for a moderator; `decided`: labels took a side; `withdrawn`: an edit took the post below the threshold;
 * `removed`: the post was deleted and its text with it.
 */
export type FlagState = 'open' | 'decided' | 'withdrawn' | 'removed';

/** Everything a platform needs to draw a flag: a card. One message has at most one flag, and a flag one card. */
export interface Card {
  /** The flag's id, a UUID: all that a button needs to carry. */
  flag: string;
  /** The message at the revision that the card speaks of. */
  message: MessageIdentity;
  author: string;
  link?: string;
  postedAt: Date;
  /** Null once the post was removed or its retention ended. */
  text: string | null;
  verdict: Verdict;
  threshold: number;
  state: FlagState;
  decision: Decision;
  /** Labels for this revision, oldest first. */
  labels: Label[];
  /** Whether the post was edited after it was first flagged. */
  edited: boolean;
}

/** A score in words: how far above its threshold a post stands. */
export type Band = 'low' | 'medium' | 'high';

export function bandOf(score: number, threshold: number): Band {
  const position = threshold >= 1 ? 1 : (score - threshold) / (1 - threshold);
  if (position >= 2 / 3) return 'high';
  return position >= 1 / 3 ? 'medium' : 'low';
}
