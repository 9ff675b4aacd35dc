import type { PgBoss } from 'pg-boss';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import { lookEvery } from './look-every.ts';
import type { OutageLog } from './outage-log.ts';

const LOOK_MS = 1000;

/** A sign of life this far from the database's clock, in s, is watched: the next one of a living process is due after 1 s. */
const STALE_SECONDS = 2;

/** A watched job whose sign of life does not change for as long, in ms, has lost its process, or that process the database. */
const LAPSED_MS = 3000;

interface Parts {
  boss: PgBoss;
  database: Database;
  log: Logger;
  outages: OutageLog;
  /** The queues that this process works on; the others are left to who does. */
  queues(this: void): Iterable<string>;
  /** Lets this process' workers on a queue look at once. */
  wake(this: void, queue: string): void;
}

interface Stale {
  name: string;
  id: string;
  sign: string;
  retries: number;
}

/**
 * Looks every second for jobs in hand that no living process has, and fails them: one that lapses for the first time is due
 * at once, later ones after the pause of any failure, and one that keeps ending its process is put aside in the end.
 * That a sign of life stays the same is measured by this process' steady clock, so that a clock that is set, here or in the
 * database, neither takes a job from a living process nor leaves one with a dead process. Returns what stops it.
 */
export function watchLapsed({ boss, database, log, outages, queues, wake }: Parts): () => Promise<void> {
  /** Stale signs of life, by job and sign, and since when they have been. */
  let watched = new Map<string, number>();

  async function look(): Promise<void> {
    try {
      const names = [...queues()];
      if (names.length === 0) return;
      const stale = await findStale(database, names);
      outages.over();
      const now = performance.now();
      watched = new Map(stale.map((job) => [keyOf(job), watched.get(keyOf(job)) ?? now]));
      const lapsed = stale.filter((job) => now - watched.get(keyOf(job))! >= LAPSED_MS);
      for (const [name, jobs] of Map.groupBy(lapsed, (job) => job.name)) {
        log.warn('jobs without a sign of life are tried again', { queue: name, jobs: jobs.length });
        // By attempt: another process may have done so first, and a third have the job in hand by now.
        const attempts = jobs.map(({ id, retries }) => ({ id, retryCount: retries }));
        await boss.fail(name, attempts, { reason: 'The process that had it ended, or lost the database.' });
        const first = jobs.filter(({ retries }) => retries === 0).map(({ id }) => id);
        await makeDue(database, name, first);
        wake(name);
      }
    } catch (error) {
      if (!outages.noticed(error)) log.error('queue failed', { reason: messageOf(error) });
    }
  }

  return lookEvery(LOOK_MS, look);
}

function keyOf({ id, sign }: Stale): string {
  return `${id} ${sign}`;
}

async function findStale({ handle }: Database, queues: readonly string[]): Promise<Stale[]> {
  const { rows } = await executorIn(handle).executeSql(
    `select name, id::text, heartbeat_on::text as sign, retry_count as retries from pgboss.job
      where name = any($1::text[]) and state = 'active'
        and abs(extract(epoch from now() - heartbeat_on)) > ${STALE_SECONDS}`,
    [queues],
  );
  return rows as Stale[];
}

async function makeDue({ handle }: Database, queue: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await executorIn(handle).executeSql(
    `update pgboss.job set start_after = now() where name = $1 and id = any($2::uuid[]) and state = 'retry'`,
    [queue, ids],
  );
}
