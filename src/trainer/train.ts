import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';

import type { Example } from '../domain/example.ts';
import { encoderParameters } from '../model/bert-config.ts';
import { centred, type Calibration } from '../model/calibration-file.ts';
import { openTokenizer } from '../model/tokenizer.ts';
import { trainedParameters } from '../model/training-graph.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { linearSchedule } from './adamw.ts';
import { fitTemperature, sigmoid, steadyThreshold } from './calibration.ts';
import { dataFaults } from './data-faults.ts';
import type { Batch } from './batch.ts';
import { readExamples } from './dataset.ts';
import {
  encodeExamples,
  epochOrder,
  hideWords,
  marginsOf,
  microBatchTokens,
  stepBatches,
  type EncodedExample,
} from './example-batches.ts';
import { measure } from './metrics.ts';
import type { TrainingHooks } from './progress-report.ts';
import { clearRunState, readRunState, restore, saveRunState } from './run-state.ts';
import { openTraining } from './starting-point.ts';
import { taughtExamples, type TaughtExample } from './taught-examples.ts';
import type { TrainOptions } from './train-options.ts';
import { saveTrained } from './trained-model.ts';
import type { TrainingSession } from './training-session.ts';

export interface TrainingData {
  examples: readonly Example[];
  /** Chooses the epoch; empty where the last one is kept. */
  dev: readonly Example[];
  /** Scored by the last epoch. */
  test?: readonly Example[];
}

export interface TrainingOutcome {
  /** False where it was stopped: the same run goes on from there. */
  finished: boolean;
  /** The best epoch's mean over the dev set's languages, where there is a dev set. */
  macroF1: number | null;
  /** The same of what an adapter started from, before the first step: what training had to beat. */
  startMacroF1: number | null;
  /** Of each test example: the logit of polarized less that of not. */
  margins: Float64Array;
  /** Seconds spent in optimiser steps, those of earlier parts of the run included. */
  seconds: number;
  /** How many numbers were trained, and how many the model has. */
  parameters: { trained: number; total: number };
}

/** What a saved state remembers beside the weights. */
type RunNotes = Pick<TrainingOutcome, 'macroF1' | 'startMacroF1' | 'seconds'>;

/** Trains a classifier of polarized posts: a whole checkpoint or an adapter. Blocks its thread. */
export async function train(
  options: TrainOptions,
  hooks: TrainingHooks,
): Promise<Pick<TrainingOutcome, 'finished' | 'macroF1' | 'startMacroF1'>> {
  const examples = (await Promise.all(options.data.map(readExamples))).flat();
  const dev = (await Promise.all(options.dev.map(readExamples))).flat();
  for (const fault of dataFaults(examples, dev)) hooks.onNote(`note: ${fault}`);
  const { finished, macroF1, startMacroF1 } = await trainOn(options, { examples, dev }, hooks);
  return { finished, macroF1, startMacroF1 };
}

/** The same on examples that are at hand. */
export async function trainOn(
  options: TrainOptions,
  { examples, dev: devExamples, test = [] }: TrainingData,
  hooks: TrainingHooks,
): Promise<TrainingOutcome> {
  await mkdir(options.out, { recursive: true });
  refuseOneSided(examples);
  const tokenizer = await openTokenizer(options.base);
  const { taught, weights } = await taughtExamples(examples, options, hooks);
  const stepsPerEpoch = Math.ceil(taught.length / options.batchPosts);
  const steps = Math.round(stepsPerEpoch * options.epochs);
  const warmup = Math.round(steps * options.warmup);
  const learningRate = (step: number): number => options.learningRate * linearSchedule(step, warmup, steps);
  const { session, config, plan } = await openTraining(options, learningRate);
  const encode = (list: readonly TaughtExample[]) =>
    encodeExamples(list, tokenizer.encode, config.max_position_embeddings);
  const training = encode(taught);
  const dev = encode(devExamples);
  hooks.onNote(`${training.length} examples, ${dev.length} to choose the epoch by`);

  const fingerprint = fingerprintOf(options, taught);
  const state = await readRunState(options.out, fingerprint);
  if (state) restore(session, state);
  const notes: RunNotes = state
    ? (JSON.parse(state.notes) as RunNotes)
    : { macroF1: null, startMacroF1: null, seconds: 0 };
  let { macroF1: best, startMacroF1, seconds } = notes;
  const batchesOf = (indices: Uint32Array, step: number): Batch[] => {
    const { wordDropout: share = 0, seed } = options;
    if (share === 0) return stepBatches(training, weights, indices, microBatchTokens(config));
    const hidden = hideWords(training, indices, step, { share, mask: tokenizer.maskId, seed });
    const ownWeights = Float32Array.from(indices, (i) => weights[i]!);
    return stepBatches(hidden, ownWeights, hidden.keys(), microBatchTokens(config));
  };
  let savedAt = performance.now();
  let tokens = 0;
  let losses: number[] = [];
  let order: { epoch: number; indices: Uint32Array } = { epoch: -1, indices: new Uint32Array() };
  const keep = async (moment: string, mustWin: boolean): Promise<void> => {
    const found = dev.length > 0 ? await devScore(session, dev, hooks, moment) : null;
    if (mustWin && found && best !== null && found.macroF1 <= best) return;
    await saveTrained(options, plan, session, found?.calibration);
    best = found?.macroF1 ?? null;
  };
  const outcome = (finished: boolean, margins: Float64Array = new Float64Array()): TrainingOutcome => {
    const trained = parameterCount(trainedParameters(plan));
    const base = parameterCount(encoderParameters(config));
    const total = options.method === 'full' ? trained : base + trained;
    return { finished, macroF1: best, startMacroF1, margins, seconds, parameters: { trained, total } };
  };

  hooks.onProgress({ step: session.done, steps, loss: Number.NaN, tokens });
  // What an adapter starts from, another adapter or the base's own head, is a candidate too: training must beat it.
  if (!state && options.method !== 'full' && dev.length > 0) {
    await keep('start', false);
    startMacroF1 = best;
  }
  while (session.done < steps) {
    const epoch = Math.floor(session.done / stepsPerEpoch);
    if (order.epoch !== epoch) order = { epoch, indices: epochOrder(training.length, options.seed, epoch) };
    const start = (session.done % stepsPerEpoch) * options.batchPosts;
    const indices = order.indices.subarray(start, start + options.batchPosts);
    const batches = batchesOf(indices, session.done + 1);
    const startedAt = performance.now();
    losses.push(await session.step(batches));
    seconds += (performance.now() - startedAt) / 1000;
    tokens += batches.reduce((sum, { pack }) => sum + pack.segments.reduce((n, s) => n + Number(s > 0), 0), 0);
    const epochEnds = session.done % stepsPerEpoch === 0 || session.done === steps;
    if (losses.length === 20 || epochEnds) {
      const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
      hooks.onProgress({ step: session.done, steps, loss, tokens });
      losses = [];
    }
    if (epochEnds) await keep(`epoch ${epoch + 1}`, true);
    const stopping = hooks.stopped();
    if (stopping || performance.now() - savedAt > options.saveEvery * 1000) {
      const reached: RunNotes = { macroF1: best, startMacroF1, seconds };
      await saveRunState(options.out, session, fingerprint, JSON.stringify(reached));
      savedAt = performance.now();
    }
    if (stopping) {
      await session.close();
      return outcome(false);
    }
  }
  const margins = await marginsOf(session, encode(test));
  await clearRunState(options.out);
  await session.close();
  return outcome(true, margins);
}

function fingerprintOf(options: TrainOptions, examples: readonly TaughtExample[]): string {
  const hash = createHash('sha256').update(JSON.stringify({ ...options, out: '', threads: 0, saveEvery: 0 }));
  // One by one: a million in one string are more than a string can hold.
  for (const example of examples) hash.update(JSON.stringify(example));
  return hash.digest('hex');
}

async function devScore(
  session: TrainingSession,
  dev: readonly EncodedExample[],
  hooks: TrainingHooks,
  moment: string,
): Promise<{ macroF1: number; calibration: Calibration }> {
  const margins = await marginsOf(session, dev);
  const temperature = fitTemperature(
    margins,
    dev.map(({ label }) => label),
  );
  const calibrated = margins.map((margin) => margin / temperature);
  const languages = [...new Set(dev.map(({ language }) => language))].sort();
  const figures = languages.map((language) => {
    const own = dev.flatMap((example, i) => (example.language === language ? [i] : []));
    const [ownMargins, labels] = [own.map((i) => calibrated[i]!), own.map((i) => dev[i]!.label)];
    const threshold = steadyThreshold(ownMargins, labels);
    const served = measure(
      ownMargins.map((margin) => centred(sigmoid(margin), threshold)),
      labels,
    );
    const asTheyCome = measure(
      own.map((i) => sigmoid(margins[i]!)),
      labels,
    );
    return { macroF1: served.macroF1, threshold, ece: { before: asTheyCome.ece, after: served.ece } };
  });
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const macroF1 = mean(figures.map((figure) => figure.macroF1));
  const [before, after] = [mean(figures.map(({ ece }) => ece.before)), mean(figures.map(({ ece }) => ece.after))];
  const list = languages.map((language, i) => `${language} ${figures[i]!.macroF1.toFixed(3)}`).join(', ');
  const ece = `ECE ${before.toFixed(3)}, calibrated ${after.toFixed(3)}`;
  hooks.onNote(`${moment}: dev macro-F1 ${macroF1.toFixed(4)} (${list}), ${ece}`);
  const thresholds = Object.fromEntries(languages.map((language, i) => [language, figures[i]!.threshold]));
  return { macroF1, calibration: { temperature, thresholds } };
}

function parameterCount(specs: readonly { shape: number[] }[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function refuseOneSided(examples: readonly Example[]): void {
  const labels = new Set(examples.map(({ label }) => label));
  if (labels.size === 2) return;
  const found = examples.length === 0 ? 'no examples at all' : `only examples labelled ${[...labels].join()}`;
  throw new EvenkeelError('input', `The training data holds ${found}.`, {
    hint: 'A classifier needs posts of both labels, 0 and 1.',
  });
}
