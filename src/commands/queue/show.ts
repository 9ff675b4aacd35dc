import { findDead, findStanding } from '../../queue/dead-letters.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { onQueues } from './queue-flags.ts';
import type { QueueFlags } from './queue-flags.ts';

/** Of an error's message, in a table. */
const LONGEST = 100;

export function showQueue(flags: QueueFlags): Promise<void> {
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new EvenkeelError('usage', `--limit is ${flags.limit}`, { hint: 'Give a whole number from 1.' });
  }
  return onQueues(flags, async (database) => {
    const queues = (await findStanding(database)).filter(({ queue }) => [undefined, queue].includes(flags.queue));
    const dead = await findDead(database, flags, limit);
    if (flags.json) return printJson({ queues, dead });
    if (queues.length === 0) return printLine('Nothing waits.');
    await printTable([
      ['queue', 'waiting', 'running', 'tried again', 'dead', 'oldest'],
      ...queues.map((each) => [
        each.queue,
        String(each.waiting),
        String(each.running),
        String(each.retried),
        String(each.dead),
        `${each.oldestSeconds} s`,
      ]),
    ]);
    if (dead.length === 0) return;
    await printLine('\nDead, the oldest first:');
    await printTable(
      dead.map(({ id, queue, diedAt, retries, reason, carries }) => [
        id.slice(0, 8),
        queue,
        diedAt.toISOString().slice(0, 16).replace('T', ' '),
        `tried ${retries + 1} x`,
        JSON.stringify(carries),
        (reason ?? 'no reason known').replaceAll(/\s+/g, ' ').slice(0, LONGEST),
      ]),
    );
    await printLine('\n`evenkeel queue retry` puts them back, `evenkeel queue drop` removes them.');
  });
}
