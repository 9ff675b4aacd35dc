import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { createPostgresDatabase, dropPostgresDatabase } from '../database.ts';

const server = inject('postgres');

test.skipIf(server === null)('processes that start together on an empty Postgres migrate it once', async () => {
  const name = `evenkeel_empty_${randomUUID()}`;
  const url = await createPostgresDatabase(server!.url, name);
  const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ url })));
  const applied = await rowsOf<{ hash: string }>(opened[0]!.handle, sql`select hash from drizzle.__drizzle_migrations`);
  expect(new Set(applied.map(({ hash }) => hash)).size).toBe(applied.length);
  for (const database of opened) await database.close();
  await dropPostgresDatabase(server!.url, name);
});
