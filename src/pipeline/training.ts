import type { CommunityAddress } from '../domain/message.ts';
import type { WeeklyReport } from '../domain/lesson.ts';
import type { Queues } from '../queue/queues.ts';
import { recordAudit } from '../store/audit.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { findSettings } from '../store/settings.ts';
import { findReportsOf } from '../store/weekly-reports.ts';

/** Asks a trainer to train the community's adapters now; false where its training is off. */
export async function askToRetrain(
  { database, queues }: { database: Database; queues: Queues },
  community: CommunityAddress,
  by: string,
): Promise<boolean> {
  const communityId = await findCommunity(database.handle, community);
  const settings = communityId === null ? null : await findSettings(database.handle, communityId);
  if (communityId === null || settings === null || settings.training.state === 'off') return false;
  await database.transaction(async (tx) => {
    await queues.sendMany(tx, 'retrain', [{ cause: 'asked', community: communityId }]);
    await recordAudit(tx, { communityId, who: by, what: 'retrain', details: {} });
  });
  return true;
}

/** What the latest training runs changed, the latest first. */
export async function reportsOf(
  { database: { handle } }: { database: Database },
  community: CommunityAddress,
  limit: number,
): Promise<WeeklyReport[]> {
  const communityId = await findCommunity(handle, community);
  return communityId === null ? [] : findReportsOf(handle, communityId, Math.max(1, Math.min(100, limit)));
}
