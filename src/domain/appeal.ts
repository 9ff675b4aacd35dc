/** What moderators answer a member who disagrees with a decision. */
export const APPEAL_OUTCOMES = ['upheld', 'overturned'] as const;
export type AppealOutcome = (typeof APPEAL_OUTCOMES)[number];

/** A member's objection to the decision that their own post is polarized. One for each revision of a post. */
export interface Appeal {
  flag: string;
  /** The member, who is the post's author. */
  by: string;
  /** Null once the post's text is gone. */
  statement: string | null;
  at: Date;
  /** Null while it waits. `overturned` makes the decision `not_polarized`, whatever the labels say. */
  outcome: AppealOutcome | null;
  answer: AppealAnswer | null;
}

export interface AppealAnswer {
  by: string;
  /** What the member is told. */
  words: string | null;
  at: Date;
}
