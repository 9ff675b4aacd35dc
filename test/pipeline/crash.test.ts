import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { classifyMessages } from '../../src/pipeline/classify.ts';
import { openQueues } from '../../src/queue/queues.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { showCards } from '../../src/roles/show-cards.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { createEmbedded } from '../database.ts';
import { crashPosts, KEY, PLATFORM, score } from './crash-posts.ts';
import { countRows } from './tables.ts';

const LOOP = fileURLToPath(new URL('loop-until-killed.ts', import.meta.url));

/** Runs the loop in a process of its own and kills it the `count`-th time it says `what`. */
async function killAt(directory: string, what: string, count: number): Promise<void> {
  const child = spawn(process.execPath, [LOOP, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let heard = 0;
  for await (const line of createInterface(child.stdout)) {
    if (line === what && (heard += 1) === count) child.kill('SIGKILL');
  }
  await ended;
  expect(heard).toBeGreaterThanOrEqual(count);
}

test.each([
  ['while posts come in', 'received', 2],
  ['while posts are classified', 'classified', 3],
  ['while cards are drawn', 'shown', 3],
])(
  'after SIGKILL %s, a second start gives every post one verdict and every flag one card',
  async (_when, what, count) => {
    const { address, drop } = await createEmbedded();
    await killAt((address as { directory: string }).directory, what, count);

    const database = await openDatabase(address);
    const queues = await openQueues(database, SILENT);
    const parts = { database, queues, seal: createSeal([KEY]), classify: score };
    await queues.startWorker({ queue: 'messages', batchSize: 16, handler: (jobs) => classifyMessages(parts, jobs) });
    await queues.startWorker({
      queue: 'cards-local',
      batchSize: 16,
      handler: (jobs) => showCards({ ...parts, connector: PLATFORM }, jobs),
    });
    await createModeration(parts).receive(crashPosts);
    await queues.drained('messages', 'cards-local');

    const half = crashPosts.length / 2;
    expect(await countRows(database, 'messages')).toBe(crashPosts.length);
    expect(await countRows(database, 'verdicts')).toBe(crashPosts.length);
    expect(await countRows(database, 'texts')).toBe(half);
    expect(await countRows(database, 'pgboss.job')).toBe(0);
    const cards = await rowsOf<{ shown: boolean }>(
      database.handle,
      sql`select c.version = f.version and c.reference->>'flag' = f.id::text as shown
        from flags f left join cards c on c.flag_id = f.id`,
    );
    expect(cards.map(({ shown }) => shown)).toEqual(Array.from({ length: half }, () => true));
    await queues.close();
    await database.close();
    await drop();
  },
);
