import { PgBoss } from 'pg-boss';
import type { QueueOptions, QueuePolicy } from 'pg-boss';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import type { Handle } from '../store/statement.ts';
import { watchClockSetBack } from './clock-set-back.ts';
import type { Jobs, QueueName } from './jobs.ts';
import { watchLapsed } from './lapsed.ts';
import { createOutageLog } from './outage-log.ts';
import { startWorker } from './worker.ts';
import type { Worker, WorkerOptions } from './worker.ts';

const SECONDS_PER_DAY = 86_400;

/**
 * Shared by all queues: a job whose worker died is tried again within seconds (`lapsed.ts`; pg-boss' own upkeep would come
 * round within minutes); one whose worker hangs, after a quarter of an hour; one that keeps failing is tried for about
 * ten minutes, then waits for a person in `dead`, where it stays two weeks. A job that is done is deleted.
 */
const RETRIES: QueueOptions = {
  expireInSeconds: 900,
  heartbeatSeconds: 10,
  retryLimit: 12,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  retentionSeconds: 30 * SECONDS_PER_DAY,
  deleteAfterSeconds: SECONDS_PER_DAY,
};
/** Where jobs wait for a person that failed as often as they may. */
export const DEAD = 'dead';
const DEAD_RETENTION: QueueOptions = { retentionSeconds: 14 * SECONDS_PER_DAY };

/**
 * `singleton`: of the jobs with one key (a flag) one runs at a time, so that a flag never gets two cards. `exclusive`: of
 * those with one key (an adapter) there is one at a time, however many ask for it.
 */
const POLICIES: Record<QueueName, QueuePolicy> = {
  messages: 'standard',
  'cards-local': 'singleton',
  'cards-discord': 'singleton',
  'cards-slack': 'singleton',
  retention: 'standard',
  weighing: 'standard',
  retrain: 'exclusive',
  watch: 'exclusive',
};

/** A training run may take hours; one whose process died is taken up as soon as any other job. */
const LONG: QueueOptions = { expireInSeconds: SECONDS_PER_DAY - 60 };

/** The queues of one database, open. */
export interface Queues {
  /** Adds jobs in the caller's transaction, in one statement. They run once it commits. */
  sendMany<Q extends QueueName>(tx: Handle, queue: Q, payloads: readonly Jobs[Q][]): Promise<void>;
  /** Takes jobs off a queue, as soon as they are committed, until stopped. */
  startWorker<Q extends QueueName>(options: WorkerOptions<Q>): Promise<Worker>;
  /** Adds a job on a schedule (cron, in UTC unless told otherwise); null ends it. One that was missed is made up for. */
  schedule<Q extends QueueName>(
    queue: Q,
    cron: string | null,
    options?: { timeZone?: string; data?: Jobs[Q] },
  ): Promise<void>;
  /** Resolves once these queues are empty, nothing in hand. Waits on workers of this process. */
  drained(...queues: QueueName[]): Promise<void>;
  /** Stops what is left of the workers and the upkeep. The database stays open. */
  close(): Promise<void>;
}

/** Opens the queues, making them where they do not exist. */
export async function openQueues(database: Database, log: Logger): Promise<Queues> {
  const boss = new PgBoss({ ...database.jobs, useListenNotify: true });
  const outages = createOutageLog(log);
  boss.on('error', (error) => {
    if (!outages.noticed(error)) log.error('queue failed', { reason: messageOf(error) });
  });
  boss.on('warning', ({ message }) => log.debug('queue warned', { reason: message }));
  await boss.start();
  await boss.createQueue(DEAD, DEAD_RETENTION);
  for (const [queue, policy] of Object.entries(POLICIES)) {
    const options = { ...RETRIES, ...(queue === 'retrain' && LONG) };
    await boss.createQueue(queue, { ...options, policy, deadLetter: DEAD, notify: true });
    // One that an older version made keeps its options otherwise.
    await boss.updateQueue(queue, options);
  }
  if (database.exclusive) await requeueAbandoned(database);
  const workers = new Map<Worker, string>();
  const watched = {
    boss,
    database,
    log,
    outages,
    queues: () => new Set(workers.values()),
    wake(queue: string) {
      for (const [worker, its] of workers) if (its === queue) worker.wake();
    },
  };
  const unwatch = [watchClockSetBack(watched), ...(database.exclusive ? [] : [watchLapsed(watched)])];

  const settled = createSignal();
  const parts = { boss, database, log, outages, onSettled: () => settled.raise() };
  return {
    async sendMany(tx, queue, payloads) {
      if (payloads.length === 0) return;
      const jobs = payloads.map((data) => ({ data, ...keyOf(data) }));
      await boss.insert(queue, jobs, { db: executorIn(tx) });
    },
    async startWorker(options) {
      const worker = await startWorker(parts, options);
      workers.set(worker, options.queue);
      return {
        ...worker,
        async stop() {
          workers.delete(worker);
          await worker.stop();
        },
      };
    },
    async schedule(queue, cron, { timeZone = 'UTC', data } = {}) {
      if (cron === null) await boss.unschedule(queue);
      else await boss.schedule(queue, cron, data, { tz: timeZone, missed: 'once' });
    },
    async drained(...queues) {
      for (;;) {
        const next = settled.next();
        if ((await countWaiting(database, queues)) === 0) return;
        await next;
      }
    },
    async close() {
      await Promise.all(unwatch.map((stop) => stop()));
      await boss.stop();
    },
  };
}

/** What may not be drawn twice at once. */
function keyOf(data: Jobs[QueueName]): { singletonKey?: string } {
  if ('flag' in data) return { singletonKey: data.flag };
  if ('report' in data) return { singletonKey: `report-${data.report}` };
  if ('cause' in data) return { singletonKey: `${data.community ?? 'all'} ${data.language ?? 'all'}` };
  return 'summary' in data ? { singletonKey: `summary-${data.summary}` } : {};
}

/** Jobs in hand when the only process that could have them ended: theirs again now, not when they expire. */
async function requeueAbandoned(database: Database): Promise<void> {
  await executorIn(database.handle).executeSql(
    `update pgboss.job set state = 'created', started_on = null, heartbeat_on = null
      where state = 'active' and name = any($1::text[])`,
    [Object.keys(POLICIES)],
  );
}

async function countWaiting(database: Database, queues: readonly QueueName[]): Promise<number> {
  const { rows } = await executorIn(database.handle).executeSql(
    `select count(*)::int as jobs from pgboss.job where name = any($1::text[]) and state < 'completed'`,
    [queues],
  );
  return (rows[0] as { jobs: number }).jobs;
}

/** Something that happens again and again, to be waited for. */
function createSignal(): { raise(): void; next(): Promise<void> } {
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    raise() {
      resolve();
      ({ promise, resolve } = Promise.withResolvers<void>());
    },
    next: () => promise,
  };
}
