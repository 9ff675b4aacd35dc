/**
 * Why a moderator's answers are set aside. `against-known`: they contradict answers that an administrator confirmed;
 * `against-others`: they contradict what everyone else holds true, beyond chance.
 */
export const QUARANTINE_REASONS = ['against-known', 'against-others'] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/** Answers of one moderator that count for nothing, as administrators see them: nobody is named. */
export interface Quarantine {
  /** What an administrator takes them back in by. */
  id: number;
  reason: QuarantineReason;
  /** Answers that were set aside when it began. */
  labels: number;
  at: Date;
}
