import type { Live } from '../domain/watch.ts';
import { leavesBand } from '../domain/watch.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import { findActive, findVersions, findMarked } from '../store/adapters.ts';
import { forgetFiles } from '../store/adapter-store.ts';
import type { Database } from '../store/database.ts';
import { timeOf } from '../store/training-runs.ts';
import { storeLesson } from '../store/weekly-reports.ts';
import { countLive } from '../store/week.ts';
import { rollBack } from './promotion.ts';

const DAY_MS = 86_400_000;
/** How long a new version is watched, and how far back it is compared with what answered before. */
const WATCHED_MS = 14 * DAY_MS;
const COMPARED_MS = 28 * DAY_MS;
/** Versions of an adapter whose files are kept beside the served one. */
const KEPT_VERSIONS = 8;
const WATCHER = 'evenkeel';

export interface Left {
  name: string;
  version: string;
  why: 'flags' | 'disagreement';
}

/**
 * The upkeep of versions: takes back those that do badly on live posts, asks for a training run where the served one
 * learned from what was erased since, and forgets the files of old ones. Returns what was taken back.
 */
export async function watchAdapters(
  { database, queues, baseKey: base }: { database: Database; queues: Queues; baseKey: string },
  now: Date = new Date(),
): Promise<Left[]> {
  const { handle } = database;
  const marked = await findMarked(handle, base);
  const left: Left[] = [];
  const versions = await findVersions(handle, base);
  for (const row of versions) {
    const { name, version, communityId, lesson, servedAt } = row;
    if (row.state !== 'active' || communityId === null || lesson === null || servedAt === null) continue;
    const { language } = lesson;
    if (marked.has(row.id)) {
      await database.transaction(async (tx) => {
        const asked = await timeOf(tx);
        await queues.sendMany(tx, 'retrain', [{ cause: 'erasure', community: communityId, language, asked }]);
      });
    }
    if (now.getTime() - servedAt.getTime() > WATCHED_MS) continue;
    const since = new Date(servedAt.getTime() - COMPARED_MS);
    const counts = await countLive(handle, { communityId, language, since });
    const own = counts.get(version) ?? NONE;
    // What took its place for a while, and was taken back, is no measure for it.
    for (const other of versions)
      if (other.name === name && (other.id === row.id || (other.servedAt ?? 0) > servedAt))
        counts.delete(other.version);
    const why = leavesBand(own, [...counts.values()].reduce(sum, NONE));
    if (why === null) continue;
    await database.transaction(async (tx) => {
      if ((await findActive(tx, base, name))?.version !== version) return;
      await rollBack(tx, { base, name }, { by: WATCHER, why });
      left.push({ name, version, why });
      const day = now.toISOString().slice(0, 10);
      const report = await storeLesson(tx, communityId, day, { ...lesson, outcome: 'rolled-back', why });
      await queues.sendMany(tx, cardsQueue(report.platform), [{ report: report.id }]);
    });
  }
  await database.transaction((tx) => forgetFiles(tx, base, KEPT_VERSIONS, [...marked]));
  return left;
}

const NONE: Live = { posts: 0, flagged: 0, decided: 0, overturned: 0 };

function sum(one: Live, other: Live): Live {
  return {
    posts: one.posts + other.posts,
    flagged: one.flagged + other.flagged,
    decided: one.decided + other.decided,
    overturned: one.overturned + other.overturned,
  };
}
