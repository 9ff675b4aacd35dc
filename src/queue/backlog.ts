import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import type { QueueName } from './jobs.ts';

/** What waits in a queue. `oldestSeconds` counts from when the oldest job was added; 0 where none waits. */
export interface Backlog {
  queue: string;
  jobs: number;
  oldestSeconds: number;
}

/** What waits in each queue, those that failed for good (`dead`) included; jobs that are scheduled for later do not wait yet. */
export async function readBacklog({ handle }: Pick<Database, 'handle'>): Promise<Backlog[]> {
  const { rows } = await executorIn(handle).executeSql(
    `select q.name as queue, coalesce(j.jobs, 0)::int as jobs, greatest(0, coalesce(j.oldest, 0))::float8 as "oldestSeconds"
      from pgboss.queue q
      left join (
        select name, count(*) as jobs, extract(epoch from now() - min(created_on)) as oldest
        from pgboss.job where state < 'active' and start_after <= now() group by name
      ) j on j.name = q.name
      where q.name not like '\\_\\_pgboss\\_\\_%'
      order by q.name`,
  );
  return rows as Backlog[];
}

/** How long the oldest job of a queue has waited that was never tried, in s: one that keeps failing says nothing of the others. */
export async function readLag({ handle }: Pick<Database, 'handle'>, queue: QueueName): Promise<number> {
  const { rows } = await executorIn(handle).executeSql(
    `select extract(epoch from now() - created_on)::float8 as seconds from pgboss.job
      where name = $1 and state = 'created' and start_after <= now() order by priority desc, created_on limit 1`,
    [queue],
  );
  return Math.max(0, (rows as { seconds: number }[])[0]?.seconds ?? 0);
}
