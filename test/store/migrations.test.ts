import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Pool } from 'pg';
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

/** A database as an earlier version left it: only its first migrations applied. */
async function migrateUpTo(url: string, count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-migrations-'));
  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  const journal = join(folder, 'meta', '_journal.json');
  const { entries, ...rest } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: unknown[] };
  writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.slice(0, count) }));
  const pool = new Pool({ connectionString: url });
  await migrate(drizzle(pool), { migrationsFolder: folder });
  await pool.end();
  rmSync(folder, { recursive: true });
}

test.skipIf(server === null)('what a first version stored keeps its policies, and who answered first', async () => {
  const name = `evenkeel_first_${randomUUID()}`;
  const url = await createPostgresDatabase(server!.url, name);
  await migrateUpTo(url, 1);
  const before = new Pool({ connectionString: url });
  await before.query(`
    insert into communities (platform, external_id) values ('local', 'local'), ('discord', 'guild');
    insert into channels (community_id, external_id, mode, threshold) values (1, 'general', 'review', 0.7), (2, 'c', 'observe', 0.5);
    insert into messages (channel_id, external_id, revision, author) values (1, 'm', 0, 'ann');
    insert into verdicts (message_id, revision, score, language, adapter, adapter_version, reason)
      values (1, 0, 0.9, 'en', 'en', 'abc', 'language');
    insert into flags (id, message_id, community_id, revision, first_revision, state, threshold)
      values ('7c9e6679-7425-40de-944b-e07fc1f90ae7', 1, 1, 0, 0, 'open', 0.7);
    insert into labels (flag_id, revision, moderator, answer, at)
      values ('7c9e6679-7425-40de-944b-e07fc1f90ae7', 0, 'mo', 'unsure', '2026-01-02T03:04:05Z');
  `);
  await before.end();
  const database = await openDatabase({ url });
  const communities = await rowsOf(
    database.handle,
    sql`select o.platform, o.mode as default, o.cards_per_hour as cap, c.mode, c.threshold
      from communities o join channels c on c.community_id = o.id order by o.id`,
  );
  expect(communities).toEqual([
    { platform: 'local', default: 'review', cap: null, mode: 'review', threshold: 0.7 },
    { platform: 'discord', default: 'observe', cap: 20, mode: 'observe', threshold: 0.5 },
  ]);
  const labels = await rowsOf(
    database.handle,
    sql`select first_at = at as same, targets, note, community_id as community from labels`,
  );
  expect(labels).toEqual([{ same: true, targets: [], note: null, community: 1 }]);
  await database.close();
  await dropPostgresDatabase(server!.url, name);
});
