import { PgBoss } from 'pg-boss';
import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import { DEAD } from './queues.ts';

/** A job that failed as often as it may. It carries ids, and why it failed is an error's message: no text of a post. */
export interface DeadJob {
  id: string;
  queue: string;
  carries: Record<string, unknown>;
  reason: string | null;
  /** How often it was tried again. */
  retries: number;
  sentAt: Date;
  diedAt: Date;
}

/** Which ones: all that match every condition given. `id` may be the beginning of one. */
export interface DeadFilter {
  queue?: string;
  id?: string;
}

/** What waits in a queue. */
export interface QueueStanding {
  queue: string;
  waiting: number;
  running: number;
  /** Of them that failed before and are to be tried again. */
  retried: number;
  dead: number;
  /** Age in s of the oldest that waits, due or not. */
  oldestSeconds: number;
}

const MATCHES = `name = $1 and state < 'active' and ($2::text is null or source_name = $2)
  and ($3::text is null or id::text like $3 || '%')`;

function parametersOf({ queue = null, id = null }: { queue?: string | null; id?: string | null }): unknown[] {
  // A wildcard in what was typed is no wildcard.
  return [DEAD, queue, id?.replaceAll(/[\\%_]/g, String.raw`\$&`) ?? null];
}

/** Dead jobs, the oldest first. */
export async function findDead({ handle }: Database, filter: DeadFilter, limit: number): Promise<DeadJob[]> {
  const { rows } = await executorIn(handle).executeSql(
    `select id::text, coalesce(source_name, '') as queue, data as carries, source_output->>'reason' as reason,
        coalesce(source_retry_count, 0) as retries, coalesce(source_created_on, created_on)::text as "sentAt",
        created_on::text as "diedAt"
      from pgboss.job where ${MATCHES} order by created_on, id limit $4`,
    [...parametersOf(filter), limit],
  );
  return (rows as (Omit<DeadJob, 'sentAt' | 'diedAt'> & { sentAt: string; diedAt: string })[]).map((row) => ({
    ...row,
    sentAt: new Date(row.sentAt),
    diedAt: new Date(row.diedAt),
  }));
}

/** Puts dead jobs back into the queues that they come from; returns how many. */
export async function retryDead(database: Database, jobs: readonly DeadJob[]): Promise<number> {
  const boss = new PgBoss({ ...database.jobs, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  try {
    return jobs.length === 0 ? 0 : await boss.redrive(DEAD, { ids: jobs.map(({ id }) => id), limit: jobs.length });
  } finally {
    await boss.stop();
  }
}

/** Removes dead jobs for good; returns how many. */
export async function dropDead({ handle }: Database, jobs: readonly DeadJob[]): Promise<number> {
  const { rows } = await executorIn(handle).executeSql(
    `delete from pgboss.job where name = $1 and state < 'active' and id = any($2::uuid[]) returning id`,
    [DEAD, jobs.map(({ id }) => id)],
  );
  return rows.length;
}

/** Every queue that has jobs, dead ones included. */
export async function findStanding({ handle }: Database): Promise<QueueStanding[]> {
  const { rows } = await executorIn(handle).executeSql(
    `select case when name = $1 then coalesce(source_name, '') else name end as queue,
        (count(*) filter (where name <> $1 and state < 'active'))::int as waiting,
        (count(*) filter (where name <> $1 and state = 'active'))::int as running,
        (count(*) filter (where name <> $1 and state = 'retry'))::int as retried,
        (count(*) filter (where name = $1))::int as dead,
        coalesce(extract(epoch from now() - min(created_on) filter (where name <> $1 and state < 'active')), 0)::int
          as "oldestSeconds"
      from pgboss.job where state <= 'active' and name not like '\\_\\_pgboss%' group by 1 order by 1`,
    [DEAD],
  );
  return rows as QueueStanding[];
}
