import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EvenkeelError } from '../runtime/errors.ts';
import { withSecretFiles } from '../runtime/secrets.ts';
import { addAdapters } from './adapters.ts';
import { addApiKeys } from './api-keys.ts';
import { addAverage } from './average.ts';
import { addBench } from './bench.ts';
import { addBootstrap } from './bootstrap.ts';
import { addClassify } from './classify.ts';
import { addCompare } from './compare.ts';
import { addDoctor } from './doctor.ts';
import { addGrow } from './grow.ts';
import { addKeys } from './keys.ts';
import { addLedger } from './ledger.ts';
import { addModel } from './model.ts';
import { addQueue } from './queue.ts';
import { addReplay } from './replay.ts';
import { addRetrain } from './retrain.ts';
import { addStart } from './start.ts';
import { addEvaluate } from './evaluate.ts';
import { addPretrain } from './pretrain.ts';
import { printError } from './print.ts';
import { addTrain } from './train.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const EXAMPLES = `
Examples:
  $ evenkeel start                     everything in one process, on http://127.0.0.1:8787
  $ evenkeel start --demo              the same, with a sample conversation played
  $ evenkeel replay posts.jsonl        a file of posts through the whole loop, then a summary
  $ echo '{"id":1,"text":"Hello!"}' | evenkeel classify
  $ evenkeel doctor                    what works on this machine, and what to do about the rest

Every command has --help and --json. Settings are environment variables (EVENKEEL_DATA_DIR, DATABASE_URL, ...);
\`evenkeel start --help\` lists them.`;

export function createProgram(): Command {
  const program = new Command('evenkeel')
    .description('Flags polarized posts for moderators, and learns from their corrections.')
    .version(version)
    .showSuggestionAfterError()
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    // `run` prints errors, once and in one form.
    .configureOutput({ outputError: () => {} });
  addStart(program);
  addReplay(program);
  addClassify(program);
  addDoctor(program);
  addQueue(program);
  addBench(program);
  addBootstrap(program);
  addEvaluate(program);
  addPretrain(program);
  addTrain(program);
  addAverage(program);
  addGrow(program);
  addCompare(program);
  addModel(program);
  addAdapters(program);
  addRetrain(program);
  addLedger(program);
  addApiKeys(program);
  addKeys(program);
  return program;
}

/** Runs one command line. Returns the exit status: 0, 1 for a failure, 2 for a command line that cannot be understood. */
export async function run(args: readonly string[]): Promise<number> {
  process.stdout.on('error', ignoreClosedPipe);
  const program = createProgram();
  try {
    Object.assign(process.env, withSecretFiles(process.env));
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const shown = error instanceof CommanderError ? toUsageError(error, program, args) : error;
    printError(shown, args.includes('--json'));
    return shown instanceof EvenkeelError && shown.code === 'usage' ? 2 : 1;
  }
}

function toUsageError(error: CommanderError, program: Command, args: readonly string[]): EvenkeelError {
  const [first = '', suggestion] = error.message.split('\n');
  const names: string[] = [];
  for (let [at, depth]: [Command | undefined, number] = [program, 0]; at !== undefined; depth += 1) {
    names.push(at.name());
    at = at.commands.find((each) => each.name() === args[depth]);
  }
  const help = `See \`${[...names, '--help'].join(' ')}\`.`;
  return new EvenkeelError('usage', first.replace(/^error: /, ''), {
    hint: suggestion === undefined ? help : `${suggestion.replace(/^\((.*)\)$/, '$1')} ${help}`,
    cause: error,
  });
}

/** The reader of a pipe went away (`evenkeel classify | head`): nothing to say, and nobody to say it to. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

function ignoreClosedPipe(error: Error): void {
  if (!isClosedPipe(error)) throw error;
}
