import { locateBase } from '../model/base.ts';
import type { Base } from '../model/base.ts';
import { baseKey } from '../model/base-key.ts';
import { addressOf } from '../roles/foundation.ts';
import type { Flags } from '../runtime/config.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { configOf } from './settings.ts';

/** The database of an installation, for as long as `work` takes. */
export async function withDatabase<T>(flags: Flags, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(addressOf(configOf(flags).database));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The same with the base that it serves. */
export async function withStore<T>(
  flags: Flags,
  work: (store: { database: Database; base: Base; baseKey: string }) => Promise<T>,
): Promise<T> {
  const base = await locateBase(configOf(flags));
  return withDatabase(flags, async (database) => work({ database, base, baseKey: await baseKey(base) }));
}
