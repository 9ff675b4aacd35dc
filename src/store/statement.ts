import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type * as schema from './schema.ts';

/** A connection or a transaction: every query function takes one and does not care which. */
export type Handle = PgDatabase<PgQueryResultHKT, typeof schema>;

/** The type id of bigint, which pg gives as text and PGlite as a number. */
const BIGINT = 20;

/** Runs a statement written by hand. Bigints come as numbers, instants as text, bytes as Uint8Array. */
export async function rowsOf<T>(handle: Handle, statement: SQL): Promise<T[]> {
  const result = (await handle.execute(statement)) as {
    rows: Record<string, unknown>[];
    fields: { name: string; dataTypeID: number }[];
  };
  for (const { name } of result.fields.filter((field) => field.dataTypeID === BIGINT)) {
    for (const row of result.rows) if (row[name] !== null) row[name] = Number(row[name]);
  }
  return result.rows as T[];
}

/**
 * N rows as one parameter, to select from: `select ... from ${recordset(rows, 'id bigint, at timestamptz')} as r`.
 * One statement for any N, whose text stays the same, so that Postgres and the drivers see one short statement.
 * Binary columns travel as base64 text. Strings must be `storable`.
 */
export function recordset(rows: readonly object[], columns: string): SQL {
  return sql`(select * from json_to_recordset(${JSON.stringify(rows)}::json) as r(${sql.raw(columns)}))`;
}

/** Ids as one parameter, to be used as `= any(${idArray(ids)})`. */
export function idArray(ids: readonly number[]): SQL {
  return sql`${`{${ids.join(',')}}`}::bigint[]`;
}

/** A string as Postgres can keep it: NUL and lone surrogates, which its text type refuses, become U+FFFD. */
export function storable(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Whether a statement failed because a row that it refers to is gone, such as a channel whose community was purged. */
export function refersToNothing(error: unknown): boolean {
  const FOREIGN_KEY_VIOLATION = '23503';
  const causes = [error, error instanceof Error ? error.cause : null];
  return causes.some((each) => each instanceof Error && 'code' in each && each.code === FOREIGN_KEY_VIOLATION);
}

/** What a job queue needs to run its own SQL (`$1`, `$2`, ...) inside a transaction of ours. */
export interface SqlExecutor {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export function executorIn(handle: Handle): SqlExecutor {
  return {
    async executeSql(text, values = []) {
      const chunks = text
        .split(/\$(\d+)/)
        .map((part, index) => (index % 2 === 0 ? sql.raw(part) : sql`${sql.param(values[Number(part) - 1])}`));
      return { rows: await rowsOf(handle, sql.join(chunks)) };
    },
  };
}
