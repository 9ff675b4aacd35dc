import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { messagesOf } from '../../src/queue/jobs.ts';
import type { MessagesJob } from '../../src/queue/jobs.ts';
import { openQueues } from '../../src/queue/queues.ts';
import type { Queues } from '../../src/queue/queues.ts';
import type { Worker } from '../../src/queue/worker.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

/** Some jobs of one message each, by its number. */
function jobs(...numbers: number[]): MessagesJob[] {
  return numbers.map((message) => ({ messages: [message] }));
}

function numbersOf(batch: readonly MessagesJob[]): number[] {
  return batch.flatMap(messagesOf);
}

/** Collects what a worker is handed and resolves once it holds these numbers, in any order. */
function collector(): {
  got: number[];
  take(batch: readonly MessagesJob[]): void;
  until(count: number): Promise<void>;
} {
  const got: number[] = [];
  let wake = (): void => {};
  return {
    got,
    take(batch) {
      got.push(...numbersOf(batch));
      wake();
    },
    async until(count) {
      while (got.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

describeOnEachDatabase('a queue', (create) => {
  let place: TestDatabase;
  let database: Database;
  let queues: Queues;
  const workers: Worker[] = [];

  beforeAll(async () => {
    place = await create();
    database = await openDatabase(place.address);
    queues = await openQueues(database, SILENT);
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await database.handle.execute(sql`delete from pgboss.job`);
  });
  afterAll(async () => {
    await queues.close();
    await database.close();
    await place.drop();
  });

  async function work(
    handler: Parameters<typeof queues.startWorker<'messages'>>[0]['handler'],
    batchSize = 10,
  ): Promise<Worker> {
    const worker = await queues.startWorker({ queue: 'messages', batchSize, handler });
    workers.push(worker);
    return worker;
  }

  test('hands over jobs in batches, each once, and keeps none', async () => {
    await queues.sendMany(database.handle, 'messages', jobs(...Array.from({ length: 25 }, (_, index) => index)));
    const batches: number[][] = [];
    await work((batch) => {
      batches.push(numbersOf(batch));
      return Promise.resolve();
    });
    await queues.drained('messages');
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
    expect(batches.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index));
    expect(await rowsOf(database.handle, sql`select 1 from pgboss.job`)).toEqual([]);
  });

  test('shows a job to workers once its transaction commits, and wakes them without waiting for a poll', async () => {
    const { got, take, until } = collector();
    await work((batch) => Promise.resolve(take(batch)));
    const committed = Promise.withResolvers<void>();
    const sending = database.transaction(async (tx) => {
      await queues.sendMany(tx, 'messages', jobs(1));
      await committed.promise;
    });
    expect(got).toEqual([]);
    const times: number[] = [];
    committed.resolve();
    await sending;
    await until(1);
    for (let message = 2; message <= 9; message += 1) {
      const sent = performance.now();
      await queues.sendMany(database.handle, 'messages', jobs(message));
      await until(message);
      times.push(performance.now() - sent);
    }
    // Polling alone would take 2 s a job; a loaded machine may still miss one notification's moment.
    expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(1000);
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('tries a batch again job by job, so that the one that always fails keeps no other back', async () => {
    await queues.sendMany(database.handle, 'messages', jobs(1, 2, 3));
    const { got, take, until } = collector();
    const sizes: number[] = [];
    await work((batch) => {
      sizes.push(batch.length);
      if (numbersOf(batch).includes(2)) return Promise.reject(new Error('poison'));
      return Promise.resolve(take(batch));
    });
    await until(2);
    expect(new Set(got)).toEqual(new Set([1, 3]));
    expect(sizes).toEqual([3, ...sizes.slice(1).map(() => 1)]);
  });

  test('halves a job until the message at fault is alone, and does the others meanwhile', async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    await queues.sendMany(database.handle, 'messages', [{ messages: numbers }, { message: 20 }]);
    const { got, take, until } = collector();
    await work((batch) =>
      numbersOf(batch).includes(7) ? Promise.reject(new Error('poison')) : Promise.resolve(take(batch)),
    );
    await until(20);
    expect(got.toSorted((a, b) => a - b)).toEqual([...numbers, 20].filter((number) => number !== 7));
    const left = await rowsOf(database.handle, sql`select data from pgboss.job`);
    expect(left).toContainEqual({ data: { messages: [7], alone: true } });
  });

  test('hands over no more messages at once than asked for, unless one job carries more', async () => {
    const sizes = [3, 3, 3, 9, 1];
    let next = 0;
    const sent = sizes.map((size) => ({ messages: Array.from({ length: size }, () => (next += 1)) }));
    await queues.sendMany(database.handle, 'messages', sent);
    const calls: number[] = [];
    const handler = (batch: MessagesJob[]): Promise<void> => {
      calls.push(numbersOf(batch).length);
      return Promise.resolve();
    };
    workers.push(await queues.startWorker({ queue: 'messages', batchSize: 10, callSize: 6, handler }));
    await queues.drained('messages');
    expect(calls.reduce((sum, size) => sum + size, 0)).toBe(19);
    expect(calls.filter((size) => size > 6)).toEqual([9]);
    expect(calls.length).toBeLessThan(sizes.length);
  });

  test('does the jobs of a process that gives no more sign of life within seconds, by halves', async ({ skip }) => {
    if (database.exclusive) skip('only one process can have it open: it takes its jobs back when it starts');
    await queues.sendMany(database.handle, 'messages', [{ messages: [1, 2, 3, 4] }]);
    await database.handle.execute(
      sql`update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() - interval '6 s'`,
    );
    const lostAt = performance.now();
    const calls: number[][] = [];
    const { got, take, until } = collector();
    await work((batch) => {
      calls.push(numbersOf(batch));
      return Promise.resolve(take(batch));
    });
    await until(4);
    expect(performance.now() - lostAt).toBeLessThan(10_000);
    expect(new Set(got)).toEqual(new Set([1, 2, 3, 4]));
    expect(calls.map((call) => call.length)).toEqual([2, 2]);
  });

  test('tries only those jobs again that a handler names as failed', async () => {
    await queues.sendMany(database.handle, 'messages', jobs(1, 2, 3));
    const seen: number[] = [];
    await work((batch) => {
      const first = seen.length === 0;
      seen.push(...numbersOf(batch));
      const second = numbersOf(batch).indexOf(2);
      return Promise.resolve(first ? new Map([[second, new Error('later')]]) : undefined);
    });
    await queues.drained('messages');
    expect(seen.slice(0, 3).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(seen.slice(3)).toEqual([2]);
  });

  test('puts a job aside that failed as often as it may, with why, and then counts as drained', async () => {
    await queues.sendMany(database.handle, 'messages', jobs(7));
    await database.handle.execute(sql`update pgboss.job set retry_limit = 1, retry_backoff = false, retry_delay = 0`);
    let attempts = 0;
    await work(() => Promise.reject(new Error(`attempt ${(attempts += 1)}`)));
    await queues.drained('messages');
    expect(attempts).toBe(2);
    const left = await rowsOf(
      database.handle,
      sql`select name, state::text, data, output from pgboss.job order by name`,
    );
    expect(left).toEqual([
      expect.objectContaining({ name: 'dead', state: 'created', data: { messages: [7] } }),
      expect.objectContaining({ name: 'messages', state: 'failed', output: { reason: 'attempt 2' } }),
    ]);
  });

  test('keeps nothing for ever: what waits, fails or is put aside has an end', async () => {
    const settings = await rowsOf<{ name: string; days: number; after: number }>(
      database.handle,
      sql`select name, retention_seconds / 86400 as days, deletion_seconds as after from pgboss.queue
        where name not like '\\_\\_pgboss%'`,
    );
    expect(settings.length).toBe(9);
    for (const { days, after } of settings) {
      expect(days).toBeLessThanOrEqual(30);
      expect(after).toBeGreaterThan(0);
    }
  });

  test('runs the jobs of one flag one after another, and those of other flags meanwhile', async () => {
    const [one, other] = ['5f0c7a52-7e0f-4f3c-9d3a-0c1d2e3f4a5b', '9b1d7a52-7e0f-4f3c-9d3a-0c1d2e3f4a5b'];
    await queues.sendMany(database.handle, 'cards-local', [{ flag: one }, { flag: one }, { flag: other }]);
    let running = 0;
    const seen: string[] = [];
    const both = Promise.withResolvers<void>();
    const worker = await queues.startWorker({
      queue: 'cards-local',
      batchSize: 1,
      concurrency: 3,
      async handler([job]) {
        const flag = 'flag' in job! ? job.flag : '';
        seen.push(flag);
        if (flag === one) expect((running += 1)).toBe(1);
        else both.resolve();
        await both.promise;
        if (flag === one) running -= 1;
      },
    });
    workers.push(worker);
    await queues.drained('cards-local');
    expect(seen.toSorted((a, b) => a.localeCompare(b))).toEqual([one, one, other]);
  });

  test('a worker that is stopped finishes what it has and takes no more', async () => {
    await queues.sendMany(database.handle, 'messages', jobs(1, 2, 3, 4));
    const started = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const done: number[] = [];
    const worker = await work(async (batch) => {
      started.resolve();
      await goOn.promise;
      done.push(...numbersOf(batch));
    }, 2);
    await started.promise;
    const stopped = worker.stop();
    goOn.resolve();
    await stopped;
    expect(done.length).toBe(2);
    const left = await rowsOf<{ state: string; message: number }>(
      database.handle,
      sql`select state::text, (data->'messages'->>0)::int as message from pgboss.job`,
    );
    expect(left.map(({ state }) => state)).toEqual(['created', 'created']);
    expect(new Set([...done, ...left.map(({ message }) => message)])).toEqual(new Set([1, 2, 3, 4]));
  });

  test('no jobs are no statement', async () => {
    await expect(queues.sendMany(database.handle, 'messages', [])).resolves.toBeUndefined();
    await queues.drained('messages', 'cards-local');
  });
});
