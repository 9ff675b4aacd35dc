/** A moderator's answers to "is this post polarized?". */
export const ANSWERS = ['polarized', 'not_polarized', 'unsure'] as const;
export type Answer = (typeof ANSWERS)[number];

/** One moderator's answer for one revision of a flagged message; a later answer of the same moderator replaces it. */
export interface Label {
  moderator: string;
  answer: Answer;
  at: Date;
}
