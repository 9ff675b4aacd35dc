/** A moderator's answers to "is this post polarized?". */
export const ANSWERS = ['polarized', 'not_polarized', 'unsure'] as const;
export type Answer = (typeof ANSWERS)[number];

/** Whom a polarized post is about: the types of POLAR's subtask 2. */
export const TARGETS = ['political', 'racial_ethnic', 'religious', 'gender_sexual', 'other'] as const;
export type Target = (typeof TARGETS)[number];

/** How polarization shows: the manifestations of POLAR's subtask 3. */
export const MANIFESTATIONS = [
  'stereotype',
  'vilification',
  'dehumanization',
  'extreme_language',
  'lack_of_empathy',
  'invalidation',
] as const;
export type Manifestation = (typeof MANIFESTATIONS)[number];

/** What a moderator may say beyond the answer. */
export interface LabelDetails {
  targets: Target[];
  manifestations: Manifestation[];
  /** For other moderators; gone when the post's text goes, as it may quote it. */
  note: string | null;
}

export const NO_DETAILS: LabelDetails = { targets: [], manifestations: [], note: null };

/**
 * One moderator's answer for one revision of a flagged message; a later answer of the same moderator replaces it and
 * keeps its place. The first label claims the flag, the others are second opinions.
 */
export interface Label extends LabelDetails {
  moderator: string;
  answer: Answer;
  /** When the answer was last changed. */
  at: Date;
}

/** How long a moderator can take a label back. */
export const UNDO_MS = 10 * 60_000;

export function canUndo({ at }: Pick<Label, 'at'>, now: Date): boolean {
  return now.getTime() - at.getTime() <= UNDO_MS;
}
