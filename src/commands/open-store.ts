import { locateBase } from '../model/base.ts';
import type { Base } from '../model/base.ts';
import { baseKey } from '../model/base-key.ts';
import { addressOf } from '../roles/foundation.ts';
import type { Flags } from '../runtime/config.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { configOf } from './settings.ts';

/** The database of an installation and the base that it serves, for as long as `work` takes. */
export async function withStore<T>(
  flags: Flags,
  work: (store: { database: Database; base: Base; baseKey: string }) => Promise<T>,
): Promise<T> {
  const config = configOf(flags);
  const base = await locateBase(config);
  const database = await openDatabase(addressOf(config.database));
  try {
    return await work({ database, base, baseKey: await baseKey(base) });
  } finally {
    await database.close();
  }
}
