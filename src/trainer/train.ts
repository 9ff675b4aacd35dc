import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';

import type { Example } from '../domain/example.ts';
import { readAdapter } from '../model/adapter-files.ts';
import { classifierParameters, encoderParameters, type BertConfig } from '../model/bert-config.ts';
import { openCheckpoint } from '../model/checkpoint.ts';
import { adaptedModules, type LoraSettings } from '../model/lora.ts';
import { openTokenizer } from '../model/tokenizer.ts';
import { trainedParameters, type TrainingPlan } from '../model/training-graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { ADAMW_DEFAULTS, linearSchedule } from './adamw.ts';
import { balancedWeights, readExamples } from './dataset.ts';
import { decays } from './decay.ts';
import { encodeExamples, epochBatches, scoreExamples, type EncodedExample } from './example-batches.ts';
import { initialWeights } from './initial-weights.ts';
import { measure } from './metrics.ts';
import type { TrainingHooks } from './progress-report.ts';
import { seeded } from './random.ts';
import { clearRunState, readRunState, restore, saveRunState } from './run-state.ts';
import { saveTrained } from './trained-model.ts';
import { openTrainingSession, type TrainingSession } from './training-session.ts';

export interface TrainOptions {
  /** Folder of the base model. */
  base: string;
  /** Every weight, or LoRA on a frozen base. */
  method: 'full' | { lora: LoraSettings };
  /** Folder of an adapter to start from instead of from nothing. */
  from?: string;
  /** JSON lines: {"text", "label", "lang"}. */
  data: string[];
  /** The same, to choose the best epoch by; without it the last one is kept. */
  dev: string[];
  /** Where the trained checkpoint or adapter goes: after each epoch the best so far. */
  out: string;
  /** What adapter_config.json names as the base. */
  baseName: string;
  epochs: number;
  batchPosts: number;
  learningRate: number;
  /** Part of the steps over which the learning rate rises. */
  warmup: number;
  dropout: number;
  weightDecay: number;
  seed: number;
  threads: number;
  saveEvery: number;
  dtype: 'F32' | 'F16';
}

/** Trains a classifier of polarized posts: a whole checkpoint or an adapter. Blocks its thread. */
export async function train(
  options: TrainOptions,
  hooks: TrainingHooks,
): Promise<{ finished: boolean; macroF1: number | null }> {
  await mkdir(options.out, { recursive: true });
  const examples = (await Promise.all(options.data.map(readExamples))).flat();
  const devExamples = (await Promise.all(options.dev.map(readExamples))).flat();
  refuseOneSided(examples);
  const tokenizer = await openTokenizer(options.base);
  const stepsPerEpoch = Math.ceil(examples.length / options.batchPosts);
  const steps = stepsPerEpoch * options.epochs;
  const warmup = Math.round(steps * options.warmup);
  const learningRate = (step: number): number => options.learningRate * linearSchedule(step, warmup, steps);
  const { session, config, plan } = await openSession(options, learningRate);
  const encode = (list: readonly Example[]) => encodeExamples(list, tokenizer.encode, config.max_position_embeddings);
  const training = encode(examples);
  const dev = encode(devExamples);
  hooks.onNote(`${training.length} examples, ${dev.length} to choose the epoch by`);

  const fingerprint = createHash('sha256')
    .update(JSON.stringify({ ...options, out: '', threads: 0, saveEvery: 0 }))
    .update(JSON.stringify(examples))
    .digest('hex');
  const state = await readRunState(options.out, fingerprint);
  if (state) restore(session, state);
  let best = state ? (JSON.parse(state.notes) as { macroF1: number | null }).macroF1 : null;
  const weights = balancedWeights(examples);
  let savedAt = performance.now();
  let tokens = 0;
  let losses: number[] = [];
  hooks.onProgress({ step: state?.step ?? 0, steps, loss: Number.NaN, tokens });
  if (!state && options.method !== 'full' && dev.length > 0) {
    // What an adapter starts from, another adapter or the base's own head, is a candidate too: training must beat it.
    best = await devScore(session, dev, hooks, 'start');
    await saveTrained(options, plan, session);
  }
  for (let step = state?.step ?? 0; step < steps; step += 1) {
    const epoch = Math.floor(step / stepsPerEpoch);
    const batches = epochBatches(training, weights, options, epoch, step % stepsPerEpoch);
    losses.push(await session.step(batches));
    tokens += batches.reduce((sum, { pack }) => sum + pack.segments.reduce((n, s) => n + Number(s > 0), 0), 0);
    const epochEnds = (step + 1) % stepsPerEpoch === 0;
    if (losses.length === 20 || epochEnds) {
      const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
      hooks.onProgress({ step: step + 1, steps, loss, tokens });
      losses = [];
    }
    if (epochEnds) {
      const macroF1 = dev.length > 0 ? await devScore(session, dev, hooks, `epoch ${epoch + 1}`) : null;
      if (macroF1 === null || best === null || macroF1 > best) {
        await saveTrained(options, plan, session);
        best = macroF1;
      }
    }
    const stopping = hooks.stopped();
    if (stopping || performance.now() - savedAt > options.saveEvery * 1000) {
      await saveRunState(options.out, session, fingerprint, JSON.stringify({ macroF1: best }));
      savedAt = performance.now();
    }
    if (stopping) return { finished: false, macroF1: best };
  }
  await clearRunState(options.out);
  await session.close();
  return { finished: true, macroF1: best };
}

async function openSession(options: TrainOptions, learningRate: (step: number) => number) {
  const { method } = options;
  const { config: stored, tensors } = await openCheckpoint(options.base, () => []);
  const config: BertConfig = {
    ...stored,
    hidden_dropout_prob: options.dropout,
    attention_probs_dropout_prob: options.dropout,
  };
  const plan: TrainingPlan = { config, objective: 'classification', method };
  // All of it is trained, or nothing but a head: one that the base was tuned with is the best start for an adapter's own.
  const from = new Map<string, Tensor>(
    [...encoderParameters(config), ...classifierParameters(config)].flatMap(({ name }) => {
      const tensor = tensors.get(name);
      return tensor ? [[name, tensor] as const] : [];
    }),
  );
  if (method !== 'full') {
    plan.base = tensors;
    if (options.from) for (const one of await startFrom(options.from, config, method.lora)) from.set(...one);
  }
  const specs = trainedParameters(plan);
  const fresh = specs.filter(({ name }) => !from.has(name));
  const initial = initialWeights(fresh, config.initializer_range, seeded(options.seed));
  for (const { name } of specs) {
    const tensor = from.get(name);
    if (tensor) initial.set(name, Float32Array.from(tensor.data as Float32Array));
  }
  const session = await openTrainingSession({
    plan,
    initial,
    optimizer: { ...ADAMW_DEFAULTS, weightDecay: options.weightDecay },
    learningRate,
    clipNorm: 1,
    decays,
    seed: options.seed,
    ort: { threads: options.threads },
  });
  return { session, config, plan };
}

async function startFrom(
  folder: string,
  config: BertConfig,
  settings: LoraSettings,
): Promise<ReadonlyMap<string, Tensor>> {
  const adapter = await readAdapter(folder, config);
  const same = adapter.settings.r === settings.r && adapter.settings.lora_alpha === settings.lora_alpha;
  const modules = adaptedModules(config, settings.target_modules).map(({ module }) => `${module}.lora_A.weight`);
  if (!same || !modules.every((name) => adapter.tensors.has(name))) {
    throw new EvenkeelError('config', `${folder} was trained with other LoRA settings than these.`, {
      hint: `Use --r ${adapter.settings.r} --alpha ${adapter.settings.lora_alpha} --targets ${adapter.settings.target_modules.join(',')}.`,
    });
  }
  return adapter.tensors;
}

async function devScore(
  session: TrainingSession,
  dev: readonly EncodedExample[],
  hooks: TrainingHooks,
  moment: string,
): Promise<number> {
  const scores = await scoreExamples(session, dev);
  const languages = [...new Set(dev.map(({ language }) => language))].sort();
  const figures = languages.map((language) => {
    const own = dev.flatMap((example, i) => (example.language === language ? [i] : []));
    return measure(
      own.map((i) => scores[i]!),
      own.map((i) => dev[i]!.label),
    ).macroF1;
  });
  const mean = figures.reduce((sum, value) => sum + value, 0) / figures.length;
  const list = languages.map((language, i) => `${language} ${figures[i]!.toFixed(3)}`).join(', ');
  hooks.onNote(`${moment}: dev macro-F1 ${mean.toFixed(4)} (${list})`);
  return mean;
}

function refuseOneSided(examples: readonly Example[]): void {
  const labels = new Set(examples.map(({ label }) => label));
  if (labels.size === 2) return;
  const found = examples.length === 0 ? 'no examples at all' : `only examples labelled ${[...labels].join()}`;
  throw new EvenkeelError('input', `The training data holds ${found}.`, {
    hint: 'A classifier needs posts of both labels, 0 and 1.',
  });
}
