import type { Command } from 'commander';
import type { Lesson } from '../domain/lesson.ts';
import type { Flags } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { createLogger } from '../runtime/log.ts';
import { printJson, printLine, printTable } from './print.ts';
import { addSettings, configOf } from './settings.ts';

interface RetrainFlags extends Flags {
  now?: boolean;
  json?: boolean;
}

export function addRetrain(program: Command): void {
  const command = program
    .command('retrain')
    .description(
      'Trains the adapters of communities that allow it on what their moderators decided, and serves those that are better.',
    )
    .option('--now', 'train now, in this process, instead of at the next scheduled hour')
    .option('--json', 'print {"lessons": [{"adapter", "outcome", "corrections", "comparisons", "refusals", ...}]}')
    .addHelpText(
      'after',
      `
A running \`evenkeel start\` does this by itself: Mondays at 03:00 unless EVENKEEL_RETRAIN says otherwise. With the embedded
database only one process can be at work: there, ask the running one with \`/keel-admin model retrain\`.

Example:
  $ evenkeel retrain --now`,
    )
    .action(run);
  addSettings(command, ['dataDir', 'device', 'precision', 'base']);
}

async function run({ now, json, ...flags }: RetrainFlags): Promise<void> {
  if (now !== true)
    throw new EvenkeelError('usage', 'Say when to train', {
      hint: '`evenkeel retrain --now` trains in this process; EVENKEEL_RETRAIN sets the hour of `evenkeel start`.',
    });
  const config = configOf(flags);
  const [{ ServiceStack }, { loadKeys }, { openFoundation }, { openTrainer, trainAll }, { stopOnSignals }] =
    await Promise.all([
      import('../runtime/service.ts'),
      import('../runtime/secrets.ts'),
      import('../roles/foundation.ts'),
      import('../roles/trainer.ts'),
      import('../runtime/signals.ts'),
    ]);
  const log = createLogger({ ...config.log, level: 'warn' });
  const stack = new ServiceStack(log);
  const release = stopOnSignals(() => stack.stop(), log);
  try {
    const foundation = await openFoundation(stack, config, loadKeys(process.env, config.dataDir), log);
    const lessons = await trainAll(await openTrainer(foundation, config, log), stack.signal);
    if (json) await printJson({ lessons });
    else await printLessons(lessons);
  } finally {
    release();
    await stack.stop();
  }
}

async function printLessons(lessons: readonly Lesson[]): Promise<void> {
  if (lessons.length === 0)
    return printLine('Nothing to learn from: no community that allows training has decided posts whose text is kept.');
  await printTable([
    ['adapter', 'decisions', 'outcome', 'macro-F1', 'why not'],
    ...lessons.map(({ adapter, corrections, outcome, comparisons, refusals }) => [
      adapter,
      String(corrections),
      outcome,
      comparisons
        .map(({ holdout, before, after }) => `${holdout} ${before.toFixed(3)} -> ${after.toFixed(3)}`)
        .join(', '),
      refusals.map(({ kind }) => kind).join(', '),
    ]),
  ]);
}
