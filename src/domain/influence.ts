/** Answers of one moderator in a week that count in full, whatever others do. */
const WEEKLY_INFLUENCE = 100;

/**
 * What each answer of a moderator counts for who gave `own` of them in a week (Monday to Sunday, UTC) in which the others
 * gave `others` together: in full up to `WEEKLY_INFLUENCE` or as many as all the others, beyond that a share of it, so
 * that nobody outweighs the rest by diligence, or by a script.
 */
export function influenceOf(own: number, others: number): number {
  return Math.min(1, Math.max(WEEKLY_INFLUENCE, others) / Math.max(1, own));
}
