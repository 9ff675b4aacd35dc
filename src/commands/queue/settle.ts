import { dropDead, findDead, retryDead } from '../../queue/dead-letters.ts';
import type { DeadJob } from '../../queue/dead-letters.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Database } from '../../store/database.ts';
import { printJson, printLine } from '../print.ts';
import { onQueues } from './queue-flags.ts';
import type { QueueFlags } from './queue-flags.ts';

/** Jobs dealt with at once. */
const MOST = 10_000;

export async function retryJobs(flags: QueueFlags): Promise<void> {
  const retried = await settle(flags, retryDead);
  await (flags.json ? printJson({ retried }) : printLine(`${counted(retried)} in the queue again.`));
}

export async function dropJobs(flags: QueueFlags): Promise<void> {
  const dropped = await settle(flags, dropDead);
  await (flags.json ? printJson({ dropped }) : printLine(`${counted(dropped)} removed.`));
}

async function settle(
  flags: QueueFlags,
  work: (database: Database, jobs: readonly DeadJob[]) => Promise<number>,
): Promise<number> {
  if (flags.all === undefined && flags.queue === undefined && flags.id === undefined) {
    throw new EvenkeelError('usage', 'Which jobs is not said', { hint: 'Give --id, --queue or --all.' });
  }
  return onQueues(flags, async (database) => {
    const found = await findDead(database, flags, MOST);
    if (flags.id !== undefined && found.length !== 1) throw notOne(flags.id, found);
    return work(database, found);
  });
}

function notOne(id: string, found: readonly DeadJob[]): EvenkeelError {
  const what =
    found.length === 0 ? 'No dead job has an id that begins' : `${found.length} dead jobs have ids that begin`;
  return new EvenkeelError('input', `${what} with ${id}`, { hint: 'See their ids with `evenkeel queue show`.' });
}

function counted(jobs: number): string {
  return jobs === 1 ? '1 job is' : `${jobs} jobs are`;
}
