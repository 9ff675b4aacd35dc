import { expect, test } from 'vitest';
import { readBacklog } from '../../src/queue/backlog.ts';
import { openQueues } from '../../src/queue/queues.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { executorIn } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';

describeOnEachDatabase('a backlog', (create) => {
  test('is what waits in each queue and for how long, not what is scheduled for later', async () => {
    const { address, drop } = await create();
    const database = await openDatabase(address);
    const queues = await openQueues(database, SILENT);
    const waiting = async (queue: string) => (await readBacklog(database)).find((each) => each.queue === queue);
    expect(await waiting('messages')).toEqual({ queue: 'messages', jobs: 0, oldestSeconds: 0 });
    expect(await waiting('dead')).toEqual({ queue: 'dead', jobs: 0, oldestSeconds: 0 });

    await queues.sendMany(database.handle, 'messages', [{ messages: [1] }, { messages: [2] }, { messages: [3] }]);
    const { executeSql } = executorIn(database.handle);
    await executeSql(
      `update pgboss.job set created_on = now() - interval '90 seconds' where name = 'messages' and data->'messages' = '[2]'`,
    );
    await executeSql(
      `update pgboss.job set start_after = now() + interval '1 hour' where name = 'messages' and data->'messages' = '[3]'`,
    );
    const { jobs, oldestSeconds } = (await waiting('messages'))!;
    expect(jobs).toBe(2);
    expect(oldestSeconds).toBeGreaterThanOrEqual(90);
    expect(oldestSeconds).toBeLessThan(300);
    await queues.close();
    await database.close();
    await drop();
  });
});
