import type { Job, PgBoss } from 'pg-boss';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import type { SqlExecutor } from '../store/statement.ts';
import { halvesOf, isAlone, sizeOf } from './jobs.ts';
import type { Jobs, QueueName } from './jobs.ts';
import type { OutageLog } from './outage-log.ts';

/** How often a worker looks without being woken, in s: for retries that fall due, and if a notification is lost. */
const POLL_SECONDS = 2;

/** How often a worker says that it still has a job in hand, in s. */
const SIGN_OF_LIFE_SECONDS = 1;

export interface WorkerOptions<Q extends QueueName> {
  queue: Q;
  /** Jobs taken at once. */
  batchSize: number;
  /** What the jobs of one call of the handler carry at most, all together; one that carries more comes alone. Default: all. */
  callSize?: number;
  /** Batches in hand at once. Default 1. */
  concurrency?: number;
  /**
   * Does the work of some jobs, at least once for each: effects must be idempotent. A rejection fails all of them; they are
   * tried again job by job, and one that carries several messages by halves, so that what always fails keeps nothing else
   * back. May resolve with the errors of single jobs, by their place.
   */
  handler: (payloads: Jobs[Q][]) => Promise<void | ReadonlyMap<number, unknown>>;
}

export interface Worker {
  /** Takes no more jobs and waits for those in hand. */
  stop(): Promise<void>;
  /** Looks for jobs at once. */
  wake(): void;
}

export interface WorkerParts {
  boss: PgBoss;
  database: Database;
  log: Logger;
  outages: OutageLog;
  /** Called whenever jobs were dealt with: deleted, or put back. */
  onSettled(this: void): void;
}

export async function startWorker<Q extends QueueName>(
  { boss, database, log, outages, onSettled }: WorkerParts,
  { queue, batchSize, callSize = Infinity, concurrency = 1, handler }: WorkerOptions<Q>,
): Promise<Worker> {
  const options = {
    batchSize,
    localConcurrency: concurrency,
    pollingIntervalSeconds: POLL_SECONDS,
    notifyPollingIntervalSeconds: POLL_SECONDS,
    heartbeatRefreshSeconds: SIGN_OF_LIFE_SECONDS,
    burstWhenBatchFull: batchSize > 1,
  };
  let id: string | null = null;
  id = await boss.work<Jobs[Q]>(queue, options, async (jobs) => {
    // What failed in company, or ended the process that had it, is looked for in halves before it is tried again.
    const [suspect, rest] = partition(jobs, (job) => job.retryCount > 0 && sizeOf(job.data) > 1);
    await halve(suspect);
    for (const group of groupsOf(rest, callSize)) await settle(group, await attempt(handler, group));
    onSettled();
    // Looks again at once: a job that waited for another of its key was announced long ago.
    if (id !== null) boss.notifyWorker(id);
  });

  async function settle(jobs: readonly Job<Jobs[Q]>[], failures: ReadonlyMap<Job<Jobs[Q]>, unknown>): Promise<void> {
    const done = jobs.filter((job) => !failures.has(job));
    // Deleted here rather than completed by pg-boss, which would keep each for its upkeep to delete later.
    if (done.length > 0) await boss.deleteJob(queue, done);
    if (failures.size === 0) return;
    for (const [error, some] of Map.groupBy(failures.keys(), (job) => failures.get(job))) {
      const reason = messageOf(error);
      if (!outages.noticed(error)) log.warn('jobs failed', { queue, jobs: some.length, reason });
      const [large, single] = partition(some, (job) => sizeOf(job.data) > 1);
      await halve(large);
      if (single.length > 0) await boss.fail(queue, single, { reason });
    }
    onSettled();
  }

  async function halve(jobs: readonly Job<Jobs[Q]>[]): Promise<void> {
    if (jobs.length === 0) return;
    await database.transaction(async (tx) => {
      const db = executorIn(tx);
      const own = await removeOwn(db, queue, jobs);
      const halves = jobs.flatMap(({ id: job, data }) => (own.has(job) ? halvesOf(data) : []));
      if (halves.length > 0)
        await boss.insert(
          queue,
          halves.map((data) => ({ data })),
          { db },
        );
    });
  }

  const worker = id;
  return {
    stop: () => boss.offWork(queue, { id: worker, wait: true }),
    wake: () => boss.notifyWorker(worker),
  };
}

/** Removes jobs in hand and returns which; one that another worker has taken meanwhile is that worker's. */
async function removeOwn(db: SqlExecutor, queue: string, jobs: readonly Job<unknown>[]): Promise<Set<string>> {
  const { rows } = await db.executeSql(
    `delete from pgboss.job where name = $1 and state = 'active'
      and (id, retry_count) in (select * from unnest($2::uuid[], $3::int[])) returning id::text`,
    [queue, jobs.map(({ id }) => id), jobs.map(({ retryCount }) => retryCount)],
  );
  return new Set((rows as { id: string }[]).map(({ id }) => id));
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** New jobs together, as far as their size allows; those that failed before, or come of one that did, one by one. */
function groupsOf<T extends Jobs[QueueName]>(jobs: readonly Job<T>[], callSize: number): Job<T>[][] {
  const [alone, fresh] = partition(jobs, (job) => job.retryCount > 0 || isAlone(job.data));
  const groups: Job<T>[][] = [];
  let size = Infinity;
  for (const job of fresh) {
    size += sizeOf(job.data);
    if (size <= callSize && groups.length > 0) groups.at(-1)!.push(job);
    else {
      groups.push([job]);
      size = sizeOf(job.data);
    }
  }
  return [...groups, ...alone.map((job) => [job])];
}

/** The jobs that failed, and why. */
async function attempt<Q extends QueueName>(
  handler: WorkerOptions<Q>['handler'],
  jobs: readonly Job<Jobs[Q]>[],
): Promise<Map<Job<Jobs[Q]>, unknown>> {
  try {
    const failed = (await handler(jobs.map((job) => job.data))) ?? new Map<number, unknown>();
    return new Map([...failed].map(([place, error]) => [jobs[place]!, error]));
  } catch (error) {
    return new Map(jobs.map((job) => [job, error]));
  }
}
