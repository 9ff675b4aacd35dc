import type { Job, PgBoss } from 'pg-boss';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Jobs, QueueName } from './jobs.ts';

/** How often a worker looks without being woken, in s: for retries that fall due, and if a notification is lost. */
const POLL_SECONDS = 2;

export interface WorkerOptions<Q extends QueueName> {
  queue: Q;
  /** Jobs taken at once. */
  batchSize: number;
  /** Batches in hand at once. Default 1. */
  concurrency?: number;
  /**
   * Does the work of a batch, at least once for each job: effects must be idempotent. A rejection fails the whole batch;
   * it is tried again job by job, so that one that always fails keeps nothing else back. May resolve with the errors of
   * single jobs, by their place in the batch.
   */
  handler: (payloads: Jobs[Q][]) => Promise<void | ReadonlyMap<number, unknown>>;
}

export interface Worker {
  /** Takes no more jobs and waits for those in hand. */
  stop(): Promise<void>;
}

/** `onSettled` is called whenever a batch was dealt with, its jobs deleted or put back. */
export async function startWorker<Q extends QueueName>(
  boss: PgBoss,
  { queue, batchSize, concurrency = 1, handler }: WorkerOptions<Q>,
  log: Logger,
  onSettled: () => void,
): Promise<Worker> {
  const options = {
    batchSize,
    localConcurrency: concurrency,
    pollingIntervalSeconds: POLL_SECONDS,
    notifyPollingIntervalSeconds: POLL_SECONDS,
    burstWhenBatchFull: batchSize > 1,
  };
  let id: string | null = null;
  id = await boss.work<Jobs[Q]>(queue, options, async (jobs) => {
    const failed = new Map<unknown, Job<Jobs[Q]>[]>();
    for (const group of groupsOf(jobs)) {
      for (const [job, error] of await attempt(handler, group)) {
        failed.set(error, [...(failed.get(error) ?? []), job]);
      }
    }
    const failures = new Set([...failed.values()].flat());
    const done = jobs.filter((job) => !failures.has(job));
    // Deleted here rather than completed by pg-boss, which would keep each for its upkeep to delete later.
    if (done.length > 0) await boss.deleteJob(queue, idsOf(done));
    for (const [error, some] of failed) {
      log.warn('jobs failed', { queue, jobs: some.length, reason: messageOf(error) });
      await boss.fail(queue, idsOf(some), { reason: messageOf(error) });
    }
    onSettled();
    // Looks again at once: a job that waited for another of its key was announced long ago.
    if (id !== null) boss.notifyWorker(id);
  });
  const worker = id;
  return { stop: () => boss.offWork(queue, { id: worker, wait: true }) };
}

function idsOf(jobs: readonly { id: string }[]): string[] {
  return jobs.map((job) => job.id);
}

/** New jobs together; those that failed before one by one. */
function groupsOf<T>(jobs: readonly Job<T>[]): Job<T>[][] {
  const fresh = jobs.filter((job) => job.retryCount === 0);
  const retried = jobs.filter((job) => job.retryCount > 0).map((job) => [job]);
  return fresh.length > 0 ? [fresh, ...retried] : retried;
}

async function attempt<Q extends QueueName>(
  handler: WorkerOptions<Q>['handler'],
  jobs: readonly Job<Jobs[Q]>[],
): Promise<(readonly [Job<Jobs[Q]>, unknown])[]> {
  try {
    const failed = (await handler(jobs.map((job) => job.data))) ?? new Map<number, unknown>();
    return jobs.flatMap((job, place) => (failed.has(place) ? [[job, failed.get(place)] as const] : []));
  } catch (error) {
    return jobs.map((job) => [job, error] as const);
  }
}
