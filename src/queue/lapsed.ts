import type { PgBoss } from 'pg-boss';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import type { OutageLog } from './outage-log.ts';

const LOOK_MS = 1000;

/** A job without a sign of life for as long, in s, has lost its process or its process has lost the database. */
const LAPSED_SECONDS = 5;

interface Parts {
  boss: PgBoss;
  database: Database;
  log: Logger;
  outages: OutageLog;
}

/**
 * Looks every second for jobs in hand that no living process has, and fails them: they are tried again at once or soon, and
 * one that keeps ending its process is put aside in the end. Returns what stops it.
 */
export function watchLapsed({ boss, database, log, outages }: Parts, queues: readonly string[]): () => Promise<void> {
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    try {
      const { rows } = await executorIn(database.handle).executeSql(
        `select name, array_agg(id::text) as ids from pgboss.job
          where name = any($1::text[]) and state = 'active' and heartbeat_on < now() - interval '${LAPSED_SECONDS} s'
          group by name`,
        [queues],
      );
      outages.over();
      for (const { name, ids } of rows as { name: string; ids: string[] }[]) {
        log.warn('jobs without a sign of life are tried again', { queue: name, jobs: ids.length });
        await boss.fail(name, ids, { reason: 'The process that had it ended, or lost the database.' });
      }
    } catch (error) {
      if (!outages.noticed(error)) log.error('queue failed', { reason: messageOf(error) });
    }
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = null));
  }, LOOK_MS);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
