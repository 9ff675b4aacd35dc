import { beforeAll, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { recordset, rowsOf } from '../../src/store/statement.ts';
import { sql } from 'drizzle-orm';

describeOnEachDatabase('a database', (create) => {
  test('opens, runs a statement and opens again', async () => {
    const { address, drop } = await create();
    for (let time = 0; time < 2; time += 1) {
      const database = await openDatabase(address);
      const rows = await rowsOf(database.handle, sql`select 1::bigint as a, 'x' as b`);
      expect(rows).toEqual([{ a: 1, b: 'x' }]);
      await database.close();
    }
    await drop();
  });
});
