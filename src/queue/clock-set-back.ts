import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Database } from '../store/database.ts';
import { executorIn } from '../store/statement.ts';
import { lookEvery } from './look-every.ts';
import type { OutageLog } from './outage-log.ts';

const LOOK_MS = 5000;

/** Retries wait a minute at most and nothing is sent for later: what is due after this many s was written by another clock. */
const FARTHEST_SECONDS = 90;

interface Parts {
  database: Pick<Database, 'handle'>;
  log: Logger;
  outages: OutageLog;
  /** The queues that this process works on. */
  queues(this: void): Iterable<string>;
}

/**
 * Jobs are due by the database's clock: after that was set back, what waits would wait for as long again. Looks every few
 * seconds for jobs that are due later than anything can be, and makes them due. Returns what stops it.
 */
export function watchClockSetBack({ database, log, outages, queues }: Parts): () => Promise<void> {
  async function look(): Promise<void> {
    try {
      const { rows } = await executorIn(database.handle).executeSql(
        `update pgboss.job set start_after = now()
          where name = any($1::text[]) and state < 'active' and start_after > now() + interval '${FARTHEST_SECONDS} s'
          returning name`,
        [[...queues()]],
      );
      if (rows.length > 0) log.warn('the clock was set back; jobs that waited for it are due', { jobs: rows.length });
    } catch (error) {
      if (!outages.noticed(error)) log.error('queue failed', { reason: messageOf(error) });
    }
  }

  return lookEvery(LOOK_MS, look);
}
