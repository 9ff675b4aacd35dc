import { sql } from 'drizzle-orm';
import { idArray, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Bytes of the whole database on disk, indexes included. */
export async function databaseBytes(handle: Handle): Promise<number> {
  const [row] = await rowsOf<{ bytes: number }>(
    handle,
    sql`select pg_database_size(current_database())::bigint as bytes`,
  );
  return row!.bytes;
}

/**
 * Statements that clients have sent to this database so far, BEGIN and COMMIT included, the server's own checks of foreign
 * keys not; null where it does not count them: it must be started with `shared_preload_libraries=pg_stat_statements`.
 */
export async function countStatements(handle: Handle): Promise<number | null> {
  try {
    await handle.execute(sql`create extension if not exists pg_stat_statements`);
    const [row] = await rowsOf<{ calls: number }>(
      handle,
      sql`select sum(s.calls)::bigint as calls from pg_stat_statements s
        join pg_database d on d.oid = s.dbid and d.datname = current_database()
        where s.query not like 'SELECT $_ FROM ONLY %FOR KEY SHARE OF x'`,
    );
    return row!.calls;
  } catch {
    return null;
  }
}

/** Whether no one has used the database yet, or what was there is erased. */
export async function isUnused(handle: Handle): Promise<boolean> {
  const [row] = await rowsOf<{ used: boolean }>(handle, sql`select exists (select from communities) as used`);
  return !row!.used;
}

/** When these messages were posted, in ms since 1970, by our own number. */
export async function postTimes(handle: Handle, messages: readonly number[]): Promise<Map<number, number>> {
  const rows = await rowsOf<{ id: number; at: number }>(
    handle,
    sql`select id, extract(epoch from posted_at)::float8 * 1000 as at from messages where id = any(${idArray(messages)})`,
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

export async function countVerdicts(handle: Handle): Promise<number> {
  const [row] = await rowsOf<{ verdicts: number }>(handle, sql`select count(*) as verdicts from verdicts`);
  return row!.verdicts;
}
