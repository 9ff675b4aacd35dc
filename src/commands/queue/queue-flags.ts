import { addressOf } from '../../roles/foundation.ts';
import type { Flags } from '../../runtime/config.ts';
import { openDatabase } from '../../store/database.ts';
import type { Database } from '../../store/database.ts';
import { openQueues } from '../../queue/queues.ts';
import { SILENT } from '../../runtime/log.ts';
import { configOf } from '../settings.ts';

export interface QueueFlags extends Flags {
  queue?: string;
  id?: string;
  all?: true;
  limit?: string;
  json?: true;
}

/** Opens the database of a command, its queues made where they are not yet, and closes it after the work. */
export async function onQueues<T>(flags: QueueFlags, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(addressOf(configOf(flags).database));
  try {
    await (await openQueues(database, SILENT)).close();
    return await work(database);
  } finally {
    await database.close();
  }
}
