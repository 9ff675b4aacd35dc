import { expect, test } from 'vitest';
import { openQueues } from '../../src/queue/queues.ts';
import { gatedModeration } from '../../src/roles/intake-gate.ts';
import { createLogger, SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { executorIn } from '../../src/store/statement.ts';
import { createEmbedded } from '../database.ts';

test('posts are held back while the oldest job waits too long, taken again after it, and both are said once', async () => {
  const { address, drop } = await createEmbedded();
  const database = await openDatabase(address);
  const queues = await openQueues(database, SILENT);
  const lines: string[] = [];
  const log = createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line.slice(9).trim()) });
  const taken: number[] = [];
  const stopping = new AbortController();
  const { receive } = gatedModeration(
    { receive: (posts: readonly unknown[]) => Promise.resolve(void taken.push(posts.length)) },
    { database, log, signal: stopping.signal, mostSeconds: 60, lookMs: 1 },
  );
  const said = (): number => {
    void receive([]).catch(() => {});
    return lines.length;
  };
  const { executeSql } = executorIn(database.handle);
  await queues.sendMany(database.handle, 'messages', [{ messages: [1] }]);
  await receive([]);
  expect(taken).toEqual([0]);

  await executeSql(`update pgboss.job set created_on = now() - interval '90 s' where name = 'messages'`);
  // The look that finds it out is not waited for.
  await expect.poll(() => said()).toBe(1);
  const before = taken.length;
  const held = [receive([]), receive([])];
  expect(taken.length).toBe(before);
  // One that keeps failing is no reason to hold others back.
  await executeSql(`update pgboss.job set state = 'retry' where name = 'messages'`);
  await Promise.all(held);
  expect(taken.length).toBeGreaterThanOrEqual(before + 2);
  expect(lines).toEqual([
    expect.stringMatching(/^warn +classifiers are behind; new posts are held back seconds=9\d mostSeconds=60$/),
    'info  classifiers have caught up; new posts are taken again',
  ]);

  await queues.sendMany(database.handle, 'messages', [{ messages: [2] }]);
  await executeSql(`update pgboss.job set created_on = now() - interval '90 s' where name = 'messages'`);
  await expect.poll(() => said()).toBe(3);
  stopping.abort();
  await expect(receive([])).rejects.toMatchObject({ code: 'stopped' });
  await queues.close();
  await database.close();
  await drop();
});
