import type { Answer } from './label.ts';
import type { MessageAddress } from './message.ts';
import type { Policy } from './policy.ts';
import type { Quarantine } from './quarantine.ts';
import type { Recall } from './recall.ts';

/** Counts over a community since a moment. */
export interface Stats {
  /** Those with a verdict; `unseen` is not among them. */
  messages: number;
  /** Posts that were passed over in an overload. */
  unseen: number;
  flagged: number;
  open: number;
  labels: number;
  /** Of the decided flags: how many moderators upheld. */
  upheld: number;
  overturned: number;
  reports: number;
  appeals: number;
  /** Labels by their answer. */
  answers: Record<Answer, number>;
  languages: { language: string; messages: number; flagged: number; upheld: number; overturned: number }[];
  /** Which versions answered, and how moderators judged what they flagged. */
  adapters: AdapterStats[];
  /** Every day since, in UTC, oldest first, empty ones included: as a picture draws them. */
  days: { day: string; messages: number; flagged: number }[];
  /** Messages by score, in ten bins of 0.1. */
  histogram: number[];
}

export interface AdapterStats {
  adapter: string;
  version: string;
  messages: number;
  flagged: number;
  upheld: number;
  overturned: number;
}

/** How far a community's moderators agree; a figure of all of them together, never of one. */
export interface Agreement {
  /** Krippendorff's alpha of their answers: 1 is full agreement, 0 chance. Null where nothing can be compared. */
  alpha: number | null;
  /** Posts that two or more answered, and those of them on which they differ. */
  compared: number;
  disputed: number;
  setAside: Quarantine[];
  /** From the blind audit; null where too little was asked. */
  recall: Recall | null;
}

/** Of which messages a simulation speaks: a community's, or a channel's or language's of it. */
export interface Scope {
  channel?: string;
  language?: string;
}

/** What a threshold would have done, told from stored scores alone. */
export interface Simulation {
  threshold: number;
  /** Days looked back on: fewer than asked for where the community is younger. At least 1. */
  days: number;
  messages: number;
  /** Messages at or above the threshold; multiply by 7 / `days` for a week. */
  flagged: number;
  /** The same at the thresholds that hold now, whatever the mode. */
  flaggedNow: number;
  /** Which share of decided flags at or above the threshold was polarized; null with fewer than `MIN_DECIDED`. */
  precision: Precision | null;
  /** Decided flags at or above the threshold. Scores below the thresholds so far have none: precision there is unknown. */
  decided: number;
  /** The lowest score that could have been flagged so far: below it the precision says nothing. */
  flaggedFrom: number;
  languages: { language: string; messages: number; flagged: number; flaggedNow: number }[];
  daily: { day: string; flagged: number; flaggedNow: number }[];
  /** Messages that would change: highest scores first of those newly flagged or no longer flagged, ten at most. */
  changed: { message: MessageAddress; link: string | null; score: number; language: string }[];
}

/** A share with its Wilson score interval of 95 %. */
export interface Precision {
  estimate: number;
  low: number;
  high: number;
}

export const MIN_DECIDED = 10;

/** Wilson, E. B. (1927): 95 % interval of `hits` of `trials`; trials at least 1. */
export function wilson(hits: number, trials: number): Precision {
  const z = 1.959963984540054;
  const share = hits / trials;
  const scale = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { estimate: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** A channel and what holds in it: its own policy, its parent's or its community's. */
export interface ChannelPolicy extends Policy {
  channel: string;
  /** Whether the channel itself chose; else it follows. */
  own: { mode: boolean; threshold: boolean };
}

export const EXPORTS = ['flags', 'labels', 'decisions', 'audit'] as const;
export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export interface ExportRequest {
  what: (typeof EXPORTS)[number];
  format: (typeof EXPORT_FORMATS)[number];
  since: Date;
}
