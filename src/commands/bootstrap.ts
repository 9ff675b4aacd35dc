import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';
import { DEVICES } from '../runtime/config.ts';
import { OWN_RATE } from './bootstrap/flags.ts';
import { integerIn, numberIn } from './numbers.ts';
import { addSettings } from './settings.ts';

/** The study's base. */
const MBERT = 'google-bert/bert-base-multilingual-cased';

export function addBootstrap(program: Command): void {
  const command = program
    .command('bootstrap')
    .description(
      'From nothing to a model in use: gets a base, trains multi and the languages’ own adapters on labelled posts, ' +
        'measures, and puts what wins in place.',
    )
    .requiredOption(
      '--data <place...>',
      'files, folders or addresses of labelled posts: .jsonl {"text", "label", "lang"}, or .csv as POLAR has them',
    )
    .option('--base <folder or id>', 'a BERT of the Hugging Face hub, org/name, or a folder', MBERT)
    .option(
      '--languages <list>',
      'languages to try an own adapter for; "none" for multi alone (default all)',
      languages,
    )
    .option('--r <rank>', 'LoRA rank', integerIn(1), 64)
    .option('--epochs <number>', 'passes over the data', integerIn(1), 3)
    .option('--batch-posts <number>', 'posts of one optimiser step', integerIn(1), 32)
    .option('--learning-rate <number>', `of multi, at its peak; own adapters take ${OWN_RATE} of it`, numberIn(0), 5e-4)
    .option('--seed <number>', 'the same seed gives the same adapters', integerIn(0), 1)
    .option('--threads <number>', 'threads of training', integerIn(1), availableParallelism())
    .addOption(
      new Option('--device <device>', 'where training steps are computed')
        .choices(DEVICES.filter((device) => device !== 'auto'))
        .default('cpu'),
    )
    .option('--dry-run', 'say what would be done and how long it may take, and do nothing')
    .option('--json', 'print {"finished", "base", "macroF1", "languages", "adapters"}')
    .addHelpText(
      'after',
      `
What the name of a file or its folder calls "dev" chooses epochs, calibration and adapters; "test" is never read; of a language
without dev posts a tenth is held out. An own adapter is kept where it beats multi on its language's dev posts. Ctrl-C, a crash or
a kill loses at most three minutes: the same command goes on. Work is kept in DATA_DIR/bootstrap, which may be deleted later.

Times for 65,000 posts in 22 languages, mBERT, three epochs, own adapters included: about nine hours on two cores, and a few
minutes on a data-centre GPU (an estimate). --dry-run says what your data and machine may take.

Example:
  $ evenkeel bootstrap --data polar/ --languages en,es,it --dry-run`,
    )
    .action(async (flags) => (await import('./bootstrap/run.ts')).bootstrap(flags));
  addSettings(command, ['dataDir']);
}

function languages(value: string): string[] {
  return value === 'none' ? [] : value.split(',').map((name) => name.trim());
}
