import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { sql } from 'drizzle-orm';
import { expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS_FOLDER } from '../../src/store/migrations.ts';
import * as schema from '../../src/store/schema.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { createPostgresDatabase, dropPostgresDatabase } from '../database.ts';

const server = inject('postgres');

test('the migrations make what the schema says; `npm run migrations -- --name what_for` writes what is missing', async () => {
  const snapshots = readdirSync(join(MIGRATIONS_FOLDER, 'meta')).filter((file) => file.endsWith('_snapshot.json'));
  const last = snapshots.toSorted((a, b) => a.localeCompare(b)).at(-1)!;
  const made = JSON.parse(readFileSync(join(MIGRATIONS_FOLDER, 'meta', last), 'utf8')) as ReturnType<
    typeof generateDrizzleJson
  >;
  expect(await generateMigration(made, generateDrizzleJson({ ...schema }, made.id))).toEqual([]);
});

test.skipIf(server === null)('processes that start together on an empty Postgres migrate it once', async () => {
  const name = `evenkeel_empty_${randomUUID()}`;
  const url = await createPostgresDatabase(server!.url, name);
  const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ url })));
  const applied = await rowsOf<{ hash: string }>(opened[0]!.handle, sql`select hash from drizzle.__drizzle_migrations`);
  expect(new Set(applied.map(({ hash }) => hash)).size).toBe(applied.length);
  for (const database of opened) await database.close();
  await dropPostgresDatabase(server!.url, name);
});
