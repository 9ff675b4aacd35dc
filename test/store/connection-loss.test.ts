import { expect, inject, test } from 'vitest';
import { sql } from 'drizzle-orm';
import { isConnectionLoss } from '../../src/store/connection-loss.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createOnServer } from '../database.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('an address where nothing listens is a loss, wrong SQL is not', async () => {
  const error = await failureOf(openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' }));
  expect(isConnectionLoss(error)).toBe(true);
  expect(isConnectionLoss(new Error('syntax error'))).toBe(false);
  expect(isConnectionLoss('Connection terminated')).toBe(false);
});

test.skipIf(inject('postgres') === null)(
  'a connection that the server ends is a loss, and the next one works',
  async () => {
    const place = await createOnServer(inject('postgres')!);
    const database = await openDatabase(place.address);
    const error = await failureOf(
      database.transaction(async (tx) => {
        await tx.execute(sql`select 1`);
        await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
      }),
    );
    expect(isConnectionLoss(error)).toBe(true);
    const wrong = await failureOf(Promise.resolve(database.handle.execute(sql`select nothing`)));
    expect(isConnectionLoss(wrong)).toBe(false);
    await database.close();
    await place.drop();
  },
);
