import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { Example } from '../domain/example.ts';
import { checkpointHash, readBertConfig } from '../model/checkpoint.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { withoutHeldOut } from './data-faults.ts';
import { readExamples } from './dataset.ts';
import { decisions, SVM_DEFAULTS, trainLinearSvm } from './linear-svm.ts';
import type { TrainingHooks } from './progress-report.ts';
import { fitTfidf, transform } from './tfidf.ts';
import { trainOn } from './train.ts';
import type { TrainOptions } from './train-options.ts';

/** One training of a comparison: an approach from one seed. */
export interface Cell {
  approach: string;
  /** Everything about the training but its data; `svm` has none. `out` is the cell's own folder. */
  training: Omit<TrainOptions, 'data' | 'dev'> | null;
  seed: number;
  out: string;
  train: string[];
  tests: { name: string; path: string }[];
}

/** What a cell's training gave, and cost. */
export interface CellResult {
  approach: string;
  seed: number;
  architecture: string;
  parameters: { trained: number; total: number };
  /** Of what has to be kept of the training. */
  bytes: number;
  /** The most memory that the process has had resident: a cell has one of its own. */
  peakBytes: number;
  /** Seconds spent in training, without reading and scoring. */
  seconds: number;
  tests: ScoredTest[];
}

export interface ScoredTest {
  name: string;
  /** Languages that the training data does not hold, nor the adapter that it started from may. */
  zeroShot: boolean;
  labels: number[];
  /** How far each post lies on the polarized side: above 0 it counts as polarized. */
  margins: number[];
}

const RESULT = 'cell.json';
const MODEL = 'model';

/** The result that an earlier run left in the cell's folder, or null. Refuses one of other settings or data. */
export async function finishedCell(cell: Cell): Promise<CellResult | null> {
  const path = join(cell.out, RESULT);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const { fingerprint, ...result } = JSON.parse(text) as CellResult & { fingerprint: string };
  if (fingerprint === (await fingerprintOf(cell))) return result;
  throw new EvenkeelError('input', `${path} was left by a comparison with other settings or data`, {
    hint: 'Choose another --out folder, or delete that one.',
  });
}

/** Trains the cell, or goes on with it, and leaves its result in its folder. Null where it was stopped. Blocks its thread. */
export async function runCell(cell: Cell, hooks: TrainingHooks): Promise<CellResult | null> {
  await mkdir(join(cell.out, MODEL), { recursive: true });
  const tests = await Promise.all(
    cell.tests.map(async ({ name, path }) => ({ name, examples: await readExamples(path) })),
  );
  const heldOut = tests.flatMap(({ examples }) => examples);
  const all = (await Promise.all(cell.train.map(readExamples))).flat();
  const { kept, dropped } = withoutHeldOut(all, heldOut);
  if (dropped > 0) hooks.onNote(`note: ${dropped} training posts are in a test too: left out`);
  const trained = cell.training
    ? await trainEncoder(cell, cell.training, kept, heldOut, hooks)
    : await trainSvm(cell, kept, heldOut);
  if (!trained) return null;
  const languages = new Set(kept.map(({ language }) => language));
  let start = 0;
  const scored = tests.map(({ name, examples }) => {
    const margins = [...trained.margins.subarray(start, (start += examples.length))];
    const zeroShot = !cell.training?.from && examples.every(({ language }) => !languages.has(language));
    return { name, zeroShot, labels: examples.map(({ label }) => label), margins };
  });
  const { approach, seed } = cell;
  const { architecture, parameters, seconds } = trained;
  const bytes = await sizeOnDisk(join(cell.out, MODEL));
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const result = { approach, seed, architecture, parameters, bytes, peakBytes, seconds, tests: scored };
  const fingerprint = await fingerprintOf(cell);
  await writeFileAtomic(join(cell.out, RESULT), [JSON.stringify({ fingerprint, ...result })]);
  return result;
}

type Trained = Pick<CellResult, 'architecture' | 'parameters' | 'seconds'> & { margins: Float64Array };

async function trainEncoder(
  cell: Cell,
  training: NonNullable<Cell['training']>,
  examples: readonly Example[],
  test: readonly Example[],
  hooks: TrainingHooks,
): Promise<Trained | null> {
  const options = { ...training, data: cell.train, dev: [], out: join(cell.out, MODEL) };
  const outcome = await trainOn(options, { examples, dev: [], test }, hooks);
  const { num_hidden_layers: layers, hidden_size: hidden } = await readBertConfig(training.base);
  const start = training.from === undefined ? '' : `, from ${basename(training.from)}`;
  const architecture = `BERT ${layers} x ${hidden}${addition(training.method)}${start}`;
  return outcome.finished ? { ...outcome, architecture } : null;
}

function addition(method: TrainOptions['method']): string {
  if (method === 'full') return ', every weight';
  if ('lora' in method) return `, LoRA r ${method.lora.r} on ${method.lora.target_modules.join(', ')}`;
  const { placement, size } = method.bottleneck;
  return `, ${placement === 'houlsby' ? "Houlsby's" : "Pfeiffer's"} adapters, ${size} wide`;
}

async function trainSvm(cell: Cell, examples: readonly Example[], test: readonly Example[]): Promise<Trained> {
  const startedAt = performance.now();
  const tfidf = fitTfidf(examples.map(({ text }) => text));
  const rows = transform(
    tfidf,
    examples.map(({ text }) => text),
  );
  const svm = trainLinearSvm(
    rows,
    examples.map(({ label }) => label),
    SVM_DEFAULTS,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const columns = tfidf.blocks.map((block) => [...block.columns.keys()]);
  const file = JSON.stringify({
    columns,
    inverse: [...Float32Array.from(tfidf.inverse)],
    weights: [...Float32Array.from(svm.weights)],
    bias: svm.bias,
  });
  await writeFileAtomic(join(cell.out, MODEL, 'svm.json.gz'), [gzipSync(file)]);
  const count = svm.weights.length + 1;
  return {
    architecture: 'TF-IDF of words 1-2 and characters 2-5, linear SVM',
    parameters: { trained: count, total: count },
    seconds,
    margins: decisions(
      svm,
      transform(
        tfidf,
        test.map(({ text }) => text),
      ),
    ),
  };
}

/** Settings, data and base: what a result holds for. */
async function fingerprintOf({ training, train, tests, ...cell }: Cell): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify({ ...cell, out: '', training: training && { ...training, out: '', threads: 0, saveEvery: 0 } }),
  );
  for (const path of [...train, ...tests.map((test) => test.path)]) hash.update(await readFile(path));
  if (training) hash.update(await checkpointHash(training.base));
  return hash.digest('hex');
}

async function sizeOnDisk(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
