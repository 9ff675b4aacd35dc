import type { Appeal } from './appeal.ts';
import type { Decision } from './decision.ts';
import type { Label } from './label.ts';
import type { ChannelAddress, MessageIdentity } from './message.ts';
import type { Verdict } from './verdict.ts';

/**
 * `open`: waits for a moderator; `decided`: labels took a side; `withdrawn`: an edit took the post below the threshold;
 * `removed`: the post was deleted and its text with it; `forgotten`: its author had everything of theirs erased.
 */
export type FlagState = 'open' | 'decided' | 'withdrawn' | 'removed' | 'forgotten';

/**
 * Who raised a flag: its score, a member who reported the post, a moderator, or chance: an unflagged post that moderators
 * are asked about to learn what scores miss. An edit never withdraws those that a person raised.
 */
export const ORIGINS = ['score', 'report', 'moderator', 'audit'] as const;
export type Origin = (typeof ORIGINS)[number];
/** Of these, a person. */
export type RaisedBy = Extract<Origin, 'report' | 'moderator'>;

/** A member asked moderators to look at a post. Only moderators see who and why. */
export interface Report {
  /** Null where the reporter chose not to be named, or asked to be forgotten. */
  by: string | null;
  /** Null where none was given or the post's text is gone. */
  reason: string | null;
  at: Date;
}

/** A moderator asked for others. It stands until the flag is opened again by an edit. */
export interface Escalation {
  by: string;
  reason: string | null;
  at: Date;
}

/** Everything a platform needs to draw a flag: a card. One message has at most one flag, and a flag one card. */
export interface Card {
  /** The flag's id, a UUID: all that a button needs to carry. */
  flag: string;
  /** The message at the revision that the card speaks of. */
  message: MessageIdentity;
  /** Empty once its author was forgotten. */
  author: string;
  link?: string;
  postedAt: Date;
  /** Null once the post was removed, its author forgotten or its retention ended. */
  text: string | null;
  attachments: number;
  verdict: Verdict;
  threshold: number;
  origin: Origin;
  /** Whether moderators are to answer without what the model said: no score, no reasons. */
  blind: boolean;
  state: FlagState;
  decision: Decision;
  /** Labels for this revision, the first one first: it claimed the flag. */
  labels: Label[];
  /** Oldest first. */
  reports: Report[];
  escalation: Escalation | null;
  appeal: Appeal | null;
  /** Whether the post was edited after it was first flagged. */
  edited: boolean;
  /** The platform's id of a role to ping when the card is first posted; a redrawn card pings no one. */
  notify: string | null;
}

/** What a channel's cap held back in one hour: flags that are in the queue but have no card of their own. */
export interface CardSummary {
  /** A number of our own, as text: all that a button needs to carry. */
  id: string;
  channel: ChannelAddress;
  /** The hour that it speaks of, by its beginning. */
  hour: Date;
  /** Cards that were shown in it, and flags that were not. */
  shown: number;
  held: number;
}

/** A score in words: how far above its threshold a post stands. */
export const BANDS = ['low', 'medium', 'high'] as const;
export type Band = (typeof BANDS)[number];

export function bandOf(score: number, threshold: number): Band {
  const position = threshold >= 1 ? 1 : (score - threshold) / (1 - threshold);
  if (position >= 2 / 3) return 'high';
  return position >= 1 / 3 ? 'medium' : 'low';
}
