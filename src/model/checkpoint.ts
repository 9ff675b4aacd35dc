import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { floatTensor, writeSafetensors, type SafeTensor } from '../onnx/safetensors.ts';
import { float32, type Tensor } from '../onnx/tensor.ts';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import {
  classifierParameters,
  encoderParameters,
  maskedLanguageParameters,
  type BertConfig,
  type ParameterSpec,
} from './bert-config.ts';
import { formatBertConfig, parseBertConfig } from './checkpoint-config.ts';
import { INCOMPLETE_MODEL, weightFiles, withWeights, WHOLE, type Weight } from './checkpoint-weights.ts';
import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** A BERT model in a Hugging Face folder, without its tokenizer (tokenizer.ts opens that). */
export interface Checkpoint {
  config: BertConfig;
  /** float32 weights under the names of bert-config.ts: the encoder's, and those of heads that the checkpoint has. */
  tensors: ReadonlyMap<string, Tensor>;
}

/** The settings alone, from config.json. */
export async function readBertConfig(folder: string): Promise<BertConfig> {
  const path = join(folder, 'config.json');
  const bytes = await readModelFile(path);
  if (!bytes) throw unfitModel(`${path} is missing`, INCOMPLETE_MODEL);
  return parseBertConfig(parseModelJson(bytes, path), path);
}

/**
 * Opens a folder with config.json and model.safetensors, whole or in shards (F32, F16 or BF16).
 * `needed`: the weights without which it is of no use; heads that are not needed are left out where they have another shape.
 * The weights are in shared memory, for sessions take that without a copy; what is not of use is not read.
 * Throws for a missing, damaged or unfit file, naming it, the tensor, and the shapes expected and found.
 */
export async function openCheckpoint(
  folder: string,
  needed: (config: BertConfig) => readonly ParameterSpec[] = encoderParameters,
): Promise<Checkpoint> {
  const config = await readBertConfig(folder);
  return withWeights(folder, async (weights) => {
    const tensors = new Map<string, Tensor>();
    for (const { name, shape } of fitting(folder, config, weights, needed(config))) {
      const { file, place } = weights.get(name)!;
      tensors.set(name, float32(shape, await file.readFloats(place)));
    }
    return { config, tensors };
  });
}

/** As `openCheckpoint`, without reading the weights themselves: their names, types and shapes are checked. */
export async function checkCheckpoint(folder: string): Promise<BertConfig> {
  const config = await readBertConfig(folder);
  await withWeights(folder, async (weights) => fitting(folder, config, weights, encoderParameters(config)));
  return config;
}

/** The known weights that a checkpoint has in their shape; throws for a needed one that it has not. */
function fitting(
  folder: string,
  config: BertConfig,
  weights: ReadonlyMap<string, Weight>,
  needed: readonly ParameterSpec[],
): ParameterSpec[] {
  const isNeeded = new Set(needed.map(({ name }) => name));
  const known = [...encoderParameters(config), ...classifierParameters(config), ...maskedLanguageParameters(config)];
  return known.filter(({ name, shape }) => {
    const weight = weights.get(name);
    if (weight && weight.place.shape.join() === shape.join() && /^(F|BF)/.test(weight.place.dtype)) return true;
    if (!isNeeded.has(name)) return false;
    const expected = `expected a float tensor of shape [${shape.join(', ')}]`;
    throw unfitModel(
      weight
        ? `${weight.path} has ${name} as ${weight.place.dtype} [${weight.place.shape.join(', ')}], ${expected}`
        : `${folder} has no weight ${name}, ${expected}`,
    );
  });
}

/** Writes a folder that `openCheckpoint` and transformers open. Each file is replaced whole, the weights last. */
export async function saveCheckpoint(
  folder: string,
  model: Checkpoint & { tokenizer: TokenizerFiles; dtype?: 'F32' | 'F16' },
): Promise<void> {
  const { config, tensors, tokenizer, dtype = 'F32' } = model;
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of tokenizer) await writeFileAtomic(join(folder, name), [bytes]);
  await writeFileAtomic(join(folder, 'config.json'), [formatBertConfig(config, tensors.keys(), dtype)]);
  const weights = new Map<string, SafeTensor>();
  for (const [name, { shape, data }] of tensors)
    weights.set(name, floatTensor(data as Float32Array, [...shape], dtype));
  await writeSafetensors(join(folder, WHOLE), weights, { format: 'pt' });
}

/** sha256 (hex) of config.json and the weight files: what a checkpoint computes, for versions and caches. */
export async function checkpointHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [join(folder, 'config.json'), ...(await weightFiles(folder)).map(({ path }) => path)])
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
