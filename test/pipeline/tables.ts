import { sql } from 'drizzle-orm';
import type { Database } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';

/** Every row of every table, the job queue's included, as text: bytes in hex. */
export async function everyRow(database: Database): Promise<{ table: string; row: string }[]> {
  const tables = await rowsOf<{ name: string }>(
    database.handle,
    sql`select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`,
  );
  const found: { table: string; row: string }[] = [];
  for (const { name } of tables) {
    const rows = await rowsOf<{ row: string }>(database.handle, sql.raw(`select t::text as row from ${name} t`));
    found.push(...rows.map(({ row }) => ({ table: name, row })));
  }
  return found;
}

export async function countRows(database: Database, table: string): Promise<number> {
  const [row] = await rowsOf<{ rows: number }>(database.handle, sql.raw(`select count(*)::int as rows from ${table}`));
  return row!.rows;
}
