import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Example, ExamplePart } from '../domain/example.ts';
import type { Comparison, FlagVolume, Refusal } from '../domain/lesson.ts';
import { CALIBRATION_FILE } from '../model/calibration-file.ts';
import { readAdapter } from '../model/adapter-files.ts';
import type { Adapter } from '../model/adapter-files.ts';
import type { BertConfig } from '../model/bert-config.ts';
import { readBertConfig } from '../model/checkpoint.ts';
import { adaptedModules } from '../model/lora.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { compare, expectedFlags, judge } from '../trainer/gate.ts';
import { measure } from '../trainer/metrics.ts';
import { beatsShared } from '../trainer/own-adapter.ts';
import { runTraining } from '../trainer/run.ts';
import type { TrainOptions } from '../trainer/train-options.ts';
import type { AdapterScorer } from './adapter-scorer.ts';

/** A decided post and what it is for. */
export type LearnedPost = Required<Example> & { part: ExamplePart };

/** An adapter that training may start from: what answers now, or one that it came from. */
export interface Start {
  folder: string;
  version: string;
}

export interface LearnInput {
  /** The base's folder and its name. */
  base: { folder: string; name: string };
  posts: readonly LearnedPost[];
  /** What answers now. */
  current: Start;
  /** What training may start from: never what learned from something erased. */
  starts: readonly Start[];
  /** The language's own adapter, which the candidate must not fall behind on the public holdout. */
  origin: Start;
  /** What answers for every language without an adapter of its own: the candidate must do better, or is not worth keeping. */
  shared: Start;
  /** The operator's frozen holdout in this language; may be empty. */
  publicPosts: readonly Example[];
  /** Scores of the community's last week, with the thresholds that hold now. */
  week: readonly { score: number; threshold: number }[];
  /** The community's threshold. */
  threshold: number;
  scorer: AdapterScorer;
  /** Keeps the state of a run that is cut off. */
  folder: string;
  threads: number;
  seed?: number;
  signal: AbortSignal;
  onNote?: (note: string) => void;
}

export interface Learned {
  /** The candidate, in PEFT's format. */
  folder: string;
  version: string;
  start: Start;
  /** What training said, epoch by epoch. */
  curve: string[];
  comparisons: Comparison[];
  volume: FlagVolume | null;
  refusals: Refusal[];
  /** Nothing that was learned did better than the start: there is no candidate. */
  nothing: boolean;
}

/** A few hundred posts on top of an adapter that knows its language: gentle, so that it keeps what it knows. */
const SETTINGS = {
  batchPosts: 8,
  learningRate: 5e-4,
  warmup: 0.1,
  dropout: 0.1,
  weightDecay: 0.01,
  saveEvery: 30,
  dtype: 'F32',
} as const satisfies Partial<TrainOptions>;
const LORA_DROPOUT = 0.1;
/** Passes over the posts: of few posts more, so that something is learned at all. Dev posts choose among them. */
const EPOCHS = { least: 3, most: 10, steps: 120 } as const;

/** A calibration that is fitted on fewer posts is worth less than the one that the start had. */
const CALIBRATED = 200;

/** Scores below one half count as not polarized where a holdout has no threshold of its own. */
const PUBLIC_THRESHOLD = 0.5;

/**
 * Trains a candidate from the start that does best on the dev posts, and holds it against what answers now. A run that
 * was cut off goes on where it stood if its data are the same, else from the beginning. Throws `stopped` where the signal
 * cuts it off.
 */
export async function learn(input: LearnInput): Promise<Learned> {
  const { base, posts, scorer } = input;
  const config = await readBertConfig(base.folder);
  const partOf = (part: ExamplePart): LearnedPost[] => posts.filter((post) => post.part === part);
  const [examples, dev, holdout] = [partOf('train'), partOf('dev'), partOf('holdout')];
  const start = await bestStart(input, dev);
  const from = await readAdapter(start.folder, config);
  const out = join(input.folder, 'candidate');
  const curve: string[] = [];
  const options = optionsOf(input, from, { start, out, posts: examples.length });
  await trainOrRestart(input, { options, examples, dev, curve });
  if (dev.length < CALIBRATED) await keepCalibration(start.folder, out);

  const candidate = await readAdapter(out, config);
  const found = { folder: out, version: candidate.version, start, curve };
  if (sameWeights(from, candidate)) return { ...found, comparisons: [], volume: null, refusals: [], nothing: true };
  input.onNote?.('training is done: what came of it is held against what answers now');
  const comparisons = [
    ...(input.publicPosts.length === 0 ? [] : [await comparePublic(input, out)]),
    compare(
      'decisions',
      await scored(scorer, holdout, { current: input.current.folder, out, threshold: input.threshold }),
    ),
  ];
  const known = [...posts, ...input.publicPosts];
  const moves = await scored(scorer, known, { current: input.current.folder, out, threshold: input.threshold });
  const volume = expectedFlags(input.week, moves);
  const current = await readAdapter(input.current.folder, config);
  const refusals = [
    ...judge(comparisons, volume, { before: costOf(config, current), after: costOf(config, candidate) }),
    ...(await againstShared(input, out, dev)),
  ];
  return { ...found, comparisons, volume, refusals, nothing: false };
}

/** As a language's adapter, a community's is only worth keeping where it beats the shared one on posts it has not learned. */
async function againstShared(
  { scorer, shared, current, threshold }: LearnInput,
  out: string,
  dev: readonly LearnedPost[],
): Promise<Refusal[]> {
  // The gate has held the candidate against it already.
  if (shared.folder === current.folder) return [];
  const judged = await scored(scorer, dev, { current: shared.folder, out, threshold });
  const { before, after } = compare('decisions', judged);
  return beatsShared({ macroF1: after, startMacroF1: before }) ? [] : [{ kind: 'shared-better', before, after }];
}

async function bestStart({ starts, scorer, threshold }: LearnInput, dev: readonly LearnedPost[]): Promise<Start> {
  let best: { start: Start; macroF1: number } | null = null;
  const labels = dev.map(({ label }) => label);
  const texts = dev.map(({ text }) => text);
  for (const start of starts) {
    const { macroF1 } = measure(await scorer.score(start.folder, texts), labels, threshold);
    if (best === null || macroF1 > best.macroF1) best = { start, macroF1 };
  }
  return best!.start;
}

function optionsOf(
  { base, threads, seed = 1 }: LearnInput,
  { settings }: Adapter,
  { start, out, posts }: { start: Start; out: string; posts: number },
): TrainOptions {
  return {
    ...SETTINGS,
    epochs: Math.min(
      EPOCHS.most,
      Math.max(EPOCHS.least, Math.ceil((EPOCHS.steps * SETTINGS.batchPosts) / Math.max(1, posts))),
    ),
    base: base.folder,
    baseName: base.name,
    method: { lora: { ...settings, lora_dropout: LORA_DROPOUT } },
    from: start.folder,
    data: [],
    dev: [],
    out,
    seed,
    threads,
  };
}

async function trainOrRestart(
  { signal, onNote = () => {} }: LearnInput,
  run: { options: TrainOptions; examples: LearnedPost[]; dev: LearnedPost[]; curve: string[] },
): Promise<void> {
  const { options, curve } = run;
  const bare = (posts: readonly LearnedPost[]): Example[] =>
    posts.map(({ text, label, language, weight }) => ({ text, label, language, weight }));
  const hooks = {
    onProgress: () => {},
    onNote: (note: string) => {
      curve.push(note);
      onNote(note);
    },
    signal,
    giveWay: true,
  };
  const once = () =>
    runTraining({ kind: 'train', options, posts: { examples: bare(run.examples), dev: bare(run.dev) } }, hooks);
  await mkdir(options.out, { recursive: true });
  const { finished } = await once().catch(async (error: unknown) => {
    // A state of other data: an example was added or erased since. It says nothing about these.
    if (!(error instanceof EvenkeelError && error.code === 'input')) throw error;
    await rm(options.out, { recursive: true, force: true });
    curve.length = 0;
    return once();
  });
  if (!finished)
    throw new EvenkeelError('stopped', 'Training was cut off, and goes on from where it stood', {
      hint: 'It is taken up again at the next start.',
    });
}

async function comparePublic(input: LearnInput, out: string): Promise<Comparison> {
  const { scorer, publicPosts, current, origin } = input;
  const against = (folder: string) =>
    scored(scorer, publicPosts, { current: folder, out, threshold: PUBLIC_THRESHOLD });
  const now = compare('public', await against(current.folder));
  if (origin.version === current.version) return now;
  // Small losses must not add up over the weeks: what the language had at first is the other measure.
  const first = compare('public', await against(origin.folder));
  return first.before > now.before ? first : now;
}

async function scored(
  scorer: AdapterScorer,
  posts: readonly Example[],
  { current, out, threshold }: { current: string; out: string; threshold: number },
) {
  const texts = posts.map(({ text }) => text);
  const before = await scorer.score(current, texts);
  const after = await scorer.score(out, texts);
  return posts.map(({ language, label }, i) => ({ language, label, threshold, before: before[i]!, after: after[i]! }));
}

async function keepCalibration(from: string, to: string): Promise<void> {
  await rm(join(to, CALIBRATION_FILE), { force: true });
  await copyFile(join(from, CALIBRATION_FILE), join(to, CALIBRATION_FILE)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Multiplications that an adapter adds to a token. */
function costOf(config: BertConfig, { settings: { r, target_modules } }: Adapter): number {
  return adaptedModules(config, target_modules).reduce(
    (sum, { inFeatures, outFeatures }) => sum + r * (inFeatures + outFeatures),
    0,
  );
}

function sameWeights(one: Adapter, other: Adapter): boolean {
  return [...one.tensors].every(([name, { data }]) => {
    const theirs = other.tensors.get(name)!.data as Float32Array;
    return (data as Float32Array).every((value, i) => value === theirs[i]);
  });
}
