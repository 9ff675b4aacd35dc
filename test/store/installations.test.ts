import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { installationsOf } from '../../src/store/installations.ts';
import { createSeal } from '../../src/store/seal.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

describeOnEachDatabase('kept installations', (create) => {
  let where: TestDatabase;
  let database: Database;
  const seal = createSeal([randomBytes(32)]);
  beforeEach(async () => {
    where = await create();
    database = await openDatabase(where.address);
  });
  afterEach(async () => {
    await database.close();
    await where.drop();
  });

  test('come back as they were saved, the last one of each id', async () => {
    const table = installationsOf(database.handle, seal, 'slack');
    await table.save('T1', '{"token":"xoxb-1"}');
    await table.save('T2', 'two');
    await table.save('T1', '{"token":"xoxb-2"}');
    expect(await table.find('T1')).toBe('{"token":"xoxb-2"}');
    expect((await table.ids()).toSorted()).toEqual(['T1', 'T2']);
    expect(await table.find('T3')).toBeNull();
    expect([await table.remove('T1'), await table.remove('T1')]).toEqual([true, false]);
    expect(await table.ids()).toEqual(['T2']);
  });

  test('are sealed for their own row', async () => {
    const table = installationsOf(database.handle, seal, 'slack');
    await table.save('T1', 'xoxb-secret');
    await table.save('T2', 'other');
    const rows = await rowsOf<{ sealed: Uint8Array }>(database.handle, sql`select sealed from installations`);
    for (const { sealed } of rows) expect(Buffer.from(sealed).toString('latin1')).not.toContain('xoxb');
    await database.handle.execute(
      sql`update installations set sealed = (select sealed from installations where external_id = 'T1')`,
    );
    expect(await table.find('T1')).toBe('xoxb-secret');
    await expect(table.find('T2')).rejects.toThrow('does not open');
  });

  test('of another platform are not seen', async () => {
    await installationsOf(database.handle, seal, 'slack').save('T1', 'one');
    expect(await installationsOf(database.handle, seal, 'discord').find('T1')).toBeNull();
  });
});
