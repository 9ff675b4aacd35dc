import { refreshAuditRates } from '../pipeline/audit-draw.ts';
import type { ActionParts } from '../pipeline/flag-action.ts';
import { weighAnswers } from '../pipeline/weighing.ts';

/** When answers are weighed again, and shares of drawn posts told anew (cron, UTC): hourly. In between a decision rests on what the last weighing found. */
export const WEIGHING_SCHEDULE = '47 * * * *';

export async function weighAll(parts: ActionParts): Promise<void> {
  await weighAnswers(parts);
  await refreshAuditRates(parts.database);
}
