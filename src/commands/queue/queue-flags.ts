import type { Flags } from '../../runtime/config.ts';
import type { Database } from '../../store/database.ts';
import { openQueues } from '../../queue/queues.ts';
import { SILENT } from '../../runtime/log.ts';
import { withDatabase } from '../open-store.ts';

export interface QueueFlags extends Flags {
  queue?: string;
  id?: string;
  all?: true;
  limit?: string;
  json?: true;
}

/** Opens the database of a command, its queues made where they are not yet, and closes it after the work. */
export function onQueues<T>(flags: QueueFlags, work: (database: Database) => Promise<T>): Promise<T> {
  return withDatabase(flags, async (database) => {
    await (await openQueues(database, SILENT)).close();
    return work(database);
  });
}
