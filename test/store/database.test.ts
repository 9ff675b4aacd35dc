import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueues } from '../../src/queue/queues.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { recordset, rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

describeOnEachDatabase('a database', (create) => {
  let place: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    place = await create();
    database = await openDatabase(place.address);
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  test('gives numbers, instants, bytes and nothing as they are', async () => {
    const rows = await rowsOf(
      database.handle,
      sql`select 9007199254740991::bigint as big, null::bigint as none, 0.25::float8 as real, '\\x00ff'::bytea as bytes,
        true as yes, 'x' as word`,
    );
    expect(rows).toEqual([
      { big: Number.MAX_SAFE_INTEGER, none: null, real: 0.25, bytes: expect.any(Uint8Array), yes: true, word: 'x' },
    ]);
    expect([...(rows[0] as { bytes: Uint8Array }).bytes]).toEqual([0, 255]);
  });

  test('selects from any number of rows given as one parameter', async () => {
    const given = Array.from({ length: 1000 }, (_, id) => ({ id, word: `"quoted', \\ and ü ${id}`, gone: null }));
    const rows = await rowsOf(
      database.handle,
      sql`select * from ${recordset(given, 'id bigint, word text, gone text')} r order by id`,
    );
    expect(rows).toEqual(given);
    expect(await rowsOf(database.handle, sql`select * from ${recordset([], 'id bigint')} r`)).toEqual([]);
  });

  test('keeps nothing of a transaction that fails', async () => {
    const queues = await openQueues(database, SILENT);
    const failing = database.transaction(async (tx) => {
      await tx.execute(sql`insert into communities (platform, external_id) values ('local', 'half')`);
      await queues.sendMany(tx, 'messages', [{ message: 1 }]);
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    expect(await rowsOf(database.handle, sql`select 1 from communities where external_id = 'half'`)).toEqual([]);
    expect(await rowsOf(database.handle, sql`select 1 from pgboss.job`)).toEqual([]);
    await queues.close();
  });

  test('goes on after a statement that fails', async () => {
    await expect(database.handle.execute(sql`select 1 / 0`)).rejects.toThrow('select 1 / 0');
    await expect(
      database.transaction(async (tx) => {
        await tx.execute(sql`select 1 / 0`).catch(() => {});
        await tx.execute(sql`select 1`);
      }),
    ).rejects.toThrow('select 1');
    expect(await rowsOf(database.handle, sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  test('gives back the space of deleted rows when asked to', async () => {
    await expect(database.tidy()).resolves.toBeUndefined();
  });
});

describeOnEachDatabase('opening a database', (create) => {
  test('finds again what was there', async () => {
    const { address, drop } = await create();
    const first = await openDatabase(address);
    await first.handle.execute(sql`insert into communities (platform, external_id) values ('local', 'kept')`);
    await first.close();
    const second = await openDatabase(address);
    expect(await rowsOf(second.handle, sql`select external_id as id from communities`)).toEqual([{ id: 'kept' }]);
    await second.close();
    await drop();
  });

  test('refuses one that a newer version migrated, and says so', async () => {
    const { address, drop } = await create();
    const database = await openDatabase(address);
    const later = Date.UTC(2031, 4, 6);
    await database.handle.execute(
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', ${later})`,
    );
    await database.close();
    await expect(openDatabase(address)).rejects.toThrow(/newer version .*2031-05-06/);
    await expect(openDatabase(address)).rejects.toMatchObject({ hint: expect.stringContaining('Update Evenkeel') });
    await drop();
  });
});

test('a Postgres that cannot be reached is named without its password', async () => {
  const opening = openDatabase({ url: 'postgres://keeper:sesame@127.0.0.1:1/keel' });
  await expect(opening).rejects.toMatchObject({
    code: 'database',
    message: expect.stringContaining('127.0.0.1:1/keel'),
    hint: expect.stringContaining('DATABASE_URL'),
  });
  await expect(opening).rejects.not.toThrow('sesame');
});
