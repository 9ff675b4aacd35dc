import { readMigrationFiles } from 'drizzle-orm/migrator';
import { sql } from 'drizzle-orm';
import { fileURLToPath } from 'node:url';
import { EvenkeelError } from '../runtime/errors.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));

/** The advisory lock that processes starting together queue at: "evenkeel" in ASCII, as a number. */
const LOCK = 0x6576_656e_6b65_656cn;

/**
 * Brings the schema up to date: one process at a time, all migrations in one transaction, so that a crash leaves the
 * schema as it was. `run` is the driver's migrator. Throws `database` where a newer version wrote the database.
 */
export async function migrateWith(lockHolder: Handle, run: () => Promise<void>): Promise<void> {
  await lockHolder.execute(sql`select pg_advisory_lock(${LOCK}::bigint)`);
  try {
    await refuseNewer(lockHolder);
    await run();
  } finally {
    await lockHolder.execute(sql`select pg_advisory_unlock(${LOCK}::bigint)`);
  }
}

async function refuseNewer(handle: Handle): Promise<void> {
  const [table] = await rowsOf<{ name: string | null }>(
    handle,
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as name`,
  );
  if (table?.name === null) return;
  const applied = await rowsOf<{ at: string }>(
    handle,
    sql`select created_at::text as at from drizzle.__drizzle_migrations`,
  );
  const known = new Set(readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER }).map((each) => each.folderMillis));
  const unknown = applied.find(({ at }) => !known.has(Number(at)));
  if (unknown === undefined) return;
  const on = new Date(Number(unknown.at)).toISOString().slice(0, 10);
  throw new EvenkeelError('database', `The database was written by a newer version (it has a migration of ${on})`, {
    hint: 'Update Evenkeel to at least that version, or use another database or data folder.',
  });
}
