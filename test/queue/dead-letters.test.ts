import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { dropDead, findDead, findStanding, retryDead } from '../../src/queue/dead-letters.ts';
import { messagesOf } from '../../src/queue/jobs.ts';
import { openQueues } from '../../src/queue/queues.ts';
import type { Queues } from '../../src/queue/queues.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { evenkeel } from '../commands/evenkeel.ts';
import { describeOnEachDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

/** Lets jobs of these messages, and one of a card, fail as often as they may. */
async function die(database: Database, queues: Queues, ...messages: number[]): Promise<void> {
  await queues.sendMany(
    database.handle,
    'messages',
    messages.map((message) => ({ messages: [message] })),
  );
  await queues.sendMany(database.handle, 'cards-local', [{ flag: 'f' }]);
  await database.handle.execute(sql`update pgboss.job set retry_limit = 0`);
  const handler = (): Promise<void> => Promise.reject(new Error('the model has no memory left'));
  const workers = [
    await queues.startWorker({ queue: 'messages', batchSize: 10, handler }),
    await queues.startWorker({ queue: 'cards-local', batchSize: 10, handler }),
  ];
  await queues.drained('messages', 'cards-local');
  for (const worker of workers) await worker.stop();
}

describeOnEachDatabase('dead letters', (create) => {
  let place: TestDatabase;
  let database: Database;
  let queues: Queues;
  beforeAll(async () => {
    place = await create();
    database = await openDatabase(place.address);
    queues = await openQueues(database, SILENT);
  });
  beforeEach(async () => {
    await database.handle.execute(sql`delete from pgboss.job`);
    await die(database, queues, 1, 2);
  });
  afterAll(async () => {
    await queues.close();
    await database.close();
    await place.drop();
  });

  test('are shown with where they come from and why they failed, by queue and by the beginning of an id', async () => {
    const dead = await findDead(database, {}, 10);
    expect(dead.map(({ queue, reason, retries }) => ({ queue, reason, retries }))).toEqual(
      expect.arrayContaining([{ queue: 'messages', reason: 'the model has no memory left', retries: 0 }]),
    );
    expect(dead.length).toBe(3);
    const [one] = await findDead(database, { queue: 'messages' }, 1);
    expect(messagesOf(one!.carries as { messages: number[] })).toEqual([expect.any(Number)]);
    expect(await findDead(database, { id: one!.id.slice(0, 13) }, 10)).toEqual([one]);
    expect(await findDead(database, { id: '%' }, 10)).toEqual([]);
    expect(await findDead(database, { queue: 'cards-discord' }, 10)).toEqual([]);
    const standing = await findStanding(database);
    expect(standing.map(({ queue, waiting, dead: some }) => [queue, waiting, some])).toEqual([
      ['cards-local', 0, 1],
      ['messages', 0, 2],
    ]);
  });

  test('go back into their queue and are done there', async () => {
    expect(await retryDead(database, await findDead(database, { queue: 'messages' }, 10))).toBe(2);
    const got: number[] = [];
    const worker = await queues.startWorker({
      queue: 'messages',
      batchSize: 10,
      handler: (jobs) => Promise.resolve(void got.push(...jobs.flatMap(messagesOf))),
    });
    await queues.drained('messages');
    await worker.stop();
    expect(got.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect((await findDead(database, {}, 10)).map(({ queue }) => queue)).toEqual(['cards-local']);
    expect(await retryDead(database, [])).toBe(0);
  });

  test('are dropped for good', async () => {
    const cards = await findDead(database, { queue: 'cards-local' }, 10);
    expect(await dropDead(database, cards)).toBe(1);
    expect(await dropDead(database, cards)).toBe(0);
    expect((await findDead(database, {}, 10)).length).toBe(2);
  });
});

test('evenkeel queue shows and retries, and does nothing that it was not clearly told', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-queue-'));
  cpSync(inject('embeddedTemplate'), join(dataDir, 'database'), { recursive: true });
  const database = await openDatabase({ directory: join(dataDir, 'database') });
  const queues = await openQueues(database, SILENT);
  await die(database, queues, 5);
  await queues.close();
  await database.close();
  const run = (...args: string[]) => evenkeel(['queue', ...args, '--data-dir', dataDir]);

  expect((await run('drop')).stderr).toContain('Give --id, --queue or --all');
  expect((await run('show')).stdout).toContain('the model has no memory left');
  expect((await run('retry', '--queue', 'messages', '--json')).stdout).toBe('{"retried":1}\n');
  rmSync(dataDir, { recursive: true });
}, 180_000);
