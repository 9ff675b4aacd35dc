import type { Command } from 'commander';
import { addSettings } from './settings.ts';

export function addQueue(program: Command): void {
  const queue = program
    .command('queue')
    .description(
      'Jobs that failed as often as they may and wait for you: shows, retries and drops them. Each subcommand has --json.',
    )
    .addHelpText(
      'after',
      `
A job carries ids and never text; why it failed is the message of its last error. Dead jobs are kept two weeks.

Example:
  $ evenkeel queue show
  $ evenkeel queue retry --queue messages
  $ evenkeel queue drop --id 5f0c7a52`,
    );
  const show = queue
    .command('show')
    .description('What waits in each queue, and the dead jobs with why they failed.')
    .option('--limit <number>', 'dead jobs shown at most, the oldest first', '50')
    .option('--json', 'print {"queues": [{"queue", "waiting", ...}], "dead": [{"id", "queue", "reason", ...}]}')
    .action(async (flags) => (await import('./queue/show.ts')).showQueue(flags));
  const retry = queue
    .command('retry')
    .description('Puts dead jobs back into their queue, to be tried as if they were new.')
    .option('--all', 'all of them')
    .option('--json', 'print {"retried"}')
    .action(async (flags) => (await import('./queue/settle.ts')).retryJobs(flags));
  const drop = queue
    .command('drop')
    .description('Removes dead jobs for good: their posts stay without a verdict, their cards as they were.')
    .option('--all', 'all of them')
    .option('--json', 'print {"dropped"}')
    .action(async (flags) => (await import('./queue/settle.ts')).dropJobs(flags));
  for (const each of [show, retry, drop]) {
    each
      .option('--queue <name>', 'only of this queue: messages, cards-discord, ...')
      .option('--id <id>', 'only this one; the beginning of its id is enough');
    addSettings(each, ['dataDir']);
  }
}
