import { readAdapter } from '../model/adapter-files.ts';
import { classifierParameters, encoderParameters, type BertConfig } from '../model/bert-config.ts';
import { readBottleneck } from '../model/bottleneck-files.ts';
import { openCheckpoint } from '../model/checkpoint.ts';
import { adaptedModules, type LoraSettings } from '../model/lora.ts';
import { trainedParameters, type Method, type TrainingPlan } from '../model/training-graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { ADAMW_DEFAULTS } from './adamw.ts';
import { decays } from './decay.ts';
import { initialWeights } from './initial-weights.ts';
import { seeded } from './random.ts';
import type { TrainOptions } from './train-options.ts';
import { openTrainingSession } from './training-session.ts';

/** A training session with the weights that a run starts from. */
export async function openTraining(options: TrainOptions, learningRate: (step: number) => number) {
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
    if (options.from) for (const one of await startFrom(options.from, config, method)) from.set(...one);
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
    ort: { threads: options.threads, device: options.device },
  });
  return { session, config, plan };
}

async function startFrom(
  folder: string,
  config: BertConfig,
  method: Exclude<Method, 'full'>,
): Promise<ReadonlyMap<string, Tensor>> {
  if ('lora' in method) {
    const { settings, tensors } = await readAdapter(folder, config);
    if (sameLora(config, settings, method.lora)) return tensors;
    throw other(
      folder,
      `--r ${settings.r} --alpha ${settings.lora_alpha} --targets ${settings.target_modules.join(' ')}`,
    );
  }
  const { settings, tensors } = await readBottleneck(folder, config);
  const { placement, size } = method.bottleneck;
  if (settings.placement === placement && settings.size === size) return tensors;
  throw other(folder, `--placement ${settings.placement} --size ${settings.size}`);
}

function sameLora(config: BertConfig, a: LoraSettings, b: LoraSettings): boolean {
  const modules = [a, b].map(({ target_modules }) =>
    adaptedModules(config, target_modules).map(({ module }) => module),
  );
  return (
    a.r === b.r &&
    a.lora_alpha === b.lora_alpha &&
    a.use_rslora === b.use_rslora &&
    modules[0]!.join() === modules[1]!.join()
  );
}

function other(folder: string, flags: string): EvenkeelError {
  return new EvenkeelError('config', `${folder} was trained with other settings than these.`, {
    hint: `Use ${flags}.`,
  });
}
