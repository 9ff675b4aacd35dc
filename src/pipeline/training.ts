import type { CommunityAddress } from '../domain/message.ts';
import { languageOf } from '../domain/adapter-name.ts';
import type { OwnVersion, TakenBack, WeeklyReport } from '../domain/lesson.ts';
import type { Queues } from '../queue/queues.ts';
import { findOwnActive, findOwnVersions } from '../store/adapters.ts';
import { recordAudit } from '../store/audit.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { findSettings } from '../store/settings.ts';
import { timeOf } from '../store/training-runs.ts';
import { findReportsOf } from '../store/weekly-reports.ts';
import { rollBack } from './promotion.ts';

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
    const asked = await timeOf(tx);
    await queues.sendMany(tx, 'retrain', [{ cause: 'asked', community: communityId, asked }]);
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

/** Versions of a community's own adapters that are shown at most. */
const SHOWN = 20;

/** The versions that were trained for a community alone, the newest first. */
export async function ownVersions(
  { database: { handle } }: { database: Database },
  community: CommunityAddress,
): Promise<OwnVersion[]> {
  const communityId = await findCommunity(handle, community);
  if (communityId === null) return [];
  return (await findOwnVersions(handle, communityId, SHOWN)).map(({ name, version, state, servedAt, createdAt }) => ({
    language: languageOf(name),
    version,
    state: state === 'active' ? 'active' : servedAt === null ? 'refused' : 'before',
    trainedAt: createdAt,
  }));
}

/** Goes back to what answered before in a community's own adapters, of one language or of all. */
export async function rollBackOwn(
  { database }: { database: Database },
  community: CommunityAddress,
  language: string | undefined,
  by: string,
): Promise<TakenBack[]> {
  const communityId = await findCommunity(database.handle, community);
  if (communityId === null) return [];
  return database.transaction(async (tx) => {
    const back: TakenBack[] = [];
    for (const row of await findOwnActive(tx, communityId)) {
      const own = languageOf(row.name);
      if (language !== undefined && own !== language) continue;
      const done = await rollBack(tx, row, { by, why: 'asked' });
      if (done !== null) back.push({ language: own, from: done.from.version, to: done.to?.version ?? null });
    }
    return back;
  });
}
