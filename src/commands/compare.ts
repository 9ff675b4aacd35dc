import { access, mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';

import { SHARED_ADAPTER } from '../classifier/router.ts';
import { locateBase, type Base } from '../model/base.ts';
import type { LoraSettings } from '../model/lora.ts';
import type { Method } from '../model/training-graph.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { comparisonRows } from '../trainer/comparison.ts';
import { finishedCell, type Cell, type CellResult } from '../trainer/comparison-cell.ts';
import { addAdapterOptions, loraOf, type AdapterOptions } from './adapter-options.ts';
import { trainCell } from './compare/cell-run.ts';
import { comparisonChart, markdownTable } from './compare/report.ts';
import { integerIn, numberIn } from './numbers.ts';
import { printJson, printLine } from './print.ts';
import { addSettings, configOf } from './settings.ts';

const APPROACHES = ['svm', 'full', 'bottleneck', 'lora'] as const;
type Approach = (typeof APPROACHES)[number];

const RANK = 64;

interface CompareFlags extends AdapterOptions {
  data: string;
  out: string;
  approaches: Approach[];
  train: string[];
  test: string[];
  seeds: number;
  base?: string;
  from?: string;
  epochs: number;
  fullRate: number;
  adapterRate: number;
  threads: number;
  json?: boolean;
}

export function addCompare(program: Command): void {
  const command = program
    .command('compare')
    .description('Trains several approaches on the same posts and sets them side by side: quality, size, memory, time.')
    .requiredOption('--data <folder>', 'holds LANGUAGE.train.jsonl, and NAME.test.jsonl or else NAME.dev.jsonl')
    .requiredOption('--out <folder>', 'where every training and the table go; what is finished there is not done again')
    .option('--approaches <list>', `of ${APPROACHES.join(', ')}`, approachList, [...APPROACHES])
    .option('--train <languages>', 'languages to train on', list, ['en', 'es'])
    .option('--test <names>', 'sets to test on; of a language that is not trained on it is zero-shot', list, [
      'en',
      'es',
      'it',
    ])
    .option('--seeds <number>', 'trainings of each approach that has chance in it', integerIn(1), 1)
    .option(
      '--from <folder>',
      `what LoRA starts from; "none": nothing (default the base's adapter ${SHARED_ADAPTER}, where it has one)`,
    )
    .option('--epochs <number>', 'passes over the data', integerIn(1), 3)
    .option('--full-rate <number>', 'learning rate of full fine-tuning', numberIn(0), 5e-5)
    .option('--adapter-rate <number>', 'learning rate of LoRA and bottleneck adapters', numberIn(0), 5e-4)
    .option('--threads <number>', 'threads of onnxruntime', integerIn(1), availableParallelism())
    .option('--json', 'print the table as JSON: {"rows", "finished"}')
    .addHelpText(
      'after',
      `
The last epoch counts: no approach chooses anything on the posts it is tested on. Training posts that a test holds too
are left out. Intervals: 95 %, bootstrap over posts; "±": standard deviation over seeds; ECE after a temperature that was
fitted on the other half of the test. An adapter that LoRA starts from may know languages that are not trained on here: --from none
asks what these data alone give. Ctrl-C stops and saves; the same command goes on. Writes comparison.md, .json, .svg.

Example:
  $ evenkeel compare --data polar --out study --train en,es --test en,es,it --seeds 3`,
    )
    .action(compare);
  addAdapterOptions(command, RANK);
  addSettings(command, ['base']);
}

async function compare(flags: CompareFlags): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const results: CellResult[] = [];
    const base = await locateBase(configOf({ base: flags.base }));
    for (const cell of await cellsOf(flags, base)) {
      const result = (await finishedCell(cell)) ?? (await trainCell(cell, interrupted.signal));
      if (!result || interrupted.signal.aborted) return await stopped(flags.json === true);
      results.push(result);
    }
    const rows = comparisonRows(results);
    const table = markdownTable(rows);
    await writeFileAtomic(join(flags.out, 'comparison.md'), [`${table}\n`]);
    await writeFileAtomic(join(flags.out, 'comparison.json'), [`${JSON.stringify({ rows }, null, 2)}\n`]);
    await writeFileAtomic(join(flags.out, 'comparison.svg'), [comparisonChart(rows)]);
    await (flags.json ? printJson({ rows, finished: true }) : printLine(table));
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

async function stopped(json: boolean): Promise<void> {
  process.exitCode = 130;
  await (json
    ? printJson({ rows: [], finished: false })
    : printLine('Stopped. Give the same command again to go on from here.'));
}

/** The trainings to do: the SVM once, as it comes out the same from every seed. */
async function cellsOf(flags: CompareFlags, base: Base): Promise<Cell[]> {
  const { data, out } = flags;
  await mkdir(out, { recursive: true });
  const train = await Promise.all(flags.train.map((language) => fileOf(data, language, ['train'])));
  const tests = await Promise.all(
    flags.test.map(async (name) => ({ name, path: await fileOf(data, name, ['test', 'dev']) })),
  );
  const seeds = Array.from({ length: flags.seeds }, (_, i) => i + 1);
  const from = flags.from === 'none' ? undefined : (flags.from ?? base.adapters.get(SHARED_ADAPTER));
  const lora = await loraOf(flags, RANK, base.folder, from);
  return flags.approaches.flatMap((approach) =>
    (approach === 'svm' ? [1] : seeds).map((seed): Cell => {
      const folder = join(out, `${approach}-${seed}`);
      if (approach === 'svm') return { approach, training: null, seed, out: folder, train, tests };
      const { epochs, batchPosts, warmup, dropout, threads } = flags;
      const training = {
        base: base.folder,
        method: methodOf(approach, flags, lora),
        ...(approach === 'lora' && from !== undefined && { from }),
        out: folder,
        baseName: base.name,
        epochs,
        batchPosts,
        learningRate: approach === 'full' ? flags.fullRate : flags.adapterRate,
        warmup,
        dropout,
        weightDecay: 0.01,
        seed,
        threads,
        saveEvery: 300,
        dtype: 'F32' as const,
      };
      return { approach, training, seed, out: folder, train, tests };
    }),
  );
}

function methodOf(approach: Exclude<Approach, 'svm'>, { placement, size }: CompareFlags, lora: LoraSettings): Method {
  if (approach === 'full') return 'full';
  return approach === 'bottleneck' ? { bottleneck: { placement, size } } : { lora };
}

/** NAME.SPLIT.jsonl of the first split that there is. */
async function fileOf(folder: string, name: string, splits: readonly string[]): Promise<string> {
  for (const split of splits) {
    const path = join(folder, `${name}.${split}.jsonl`);
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  const names = splits.map((split) => `${name}.${split}.jsonl`).join(' nor ');
  throw new EvenkeelError('input', `${folder} has no ${names}`, {
    hint: 'Each line of such a file must look like {"text": "...", "label": 0 or 1, "lang": "en"}.',
  });
}

function list(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.every((name) => /^[\w-]+$/.test(name))) return names;
  throw new InvalidArgumentError('Give names separated by commas.');
}

function approachList(value: string): Approach[] {
  const names = list(value);
  const unknown = names.find((name) => !(APPROACHES as readonly string[]).includes(name));
  if (unknown === undefined) return names as Approach[];
  throw new InvalidArgumentError(`${unknown} is none of ${APPROACHES.join(', ')}.`);
}
