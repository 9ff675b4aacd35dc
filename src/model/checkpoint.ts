import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { floatTensor, readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from '../onnx/safetensors.ts';
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
import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** A BERT model in a Hugging Face folder, without its tokenizer (tokenizer.ts opens that). */
export interface Checkpoint {
  config: BertConfig;
  /** float32 weights under the names of bert-config.ts: the encoder's, and those of heads that the checkpoint has. */
  tensors: ReadonlyMap<string, Tensor>;
}

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const HINT =
  'A model is a folder with config.json, model.safetensors and a tokenizer. Weights in pytorch_model.bin must be converted to safetensors first.';

/** The settings alone, from config.json. */
export async function readBertConfig(folder: string): Promise<BertConfig> {
  const path = join(folder, 'config.json');
  const bytes = await readModelFile(path);
  if (!bytes) throw unfitModel(`${path} is missing`, HINT);
  return parseBertConfig(parseModelJson(bytes, path), path);
}

/**
 * Opens a folder with config.json and model.safetensors, whole or in shards (F32, F16 or BF16).
 * `needed`: the weights without which it is of no use; heads that are not needed are left out where they have another shape.
 * Throws for a missing, damaged or unfit file, naming it, the tensor, and the shapes expected and found.
 */
export async function openCheckpoint(
  folder: string,
  needed: (config: BertConfig) => readonly ParameterSpec[] = encoderParameters,
): Promise<Checkpoint> {
  const config = await readBertConfig(folder);
  const found = new Map<string, { file: string; tensor: SafeTensor }>();
  for (const file of await weightFiles(folder))
    for (const [name, tensor] of await readWeights(file)) found.set(canonicalName(name), { file, tensor });

  const tensors = new Map<string, Tensor>();
  const isNeeded = new Set(needed(config).map(({ name }) => name));
  const known = [...encoderParameters(config), ...classifierParameters(config), ...maskedLanguageParameters(config)];
  for (const { name, shape } of known) {
    const weight = found.get(name);
    const expected = `expected a float tensor of shape [${shape.join(', ')}]`;
    const fits = weight && weight.tensor.shape.join() === shape.join() && /^(F|BF)/.test(weight.tensor.dtype);
    if (fits) tensors.set(name, float32(shape, toFloat32(weight.tensor)));
    else if (isNeeded.has(name))
      throw unfitModel(
        weight
          ? `${weight.file} has ${name} as ${weight.tensor.dtype} [${weight.tensor.shape.join(', ')}], ${expected}`
          : `${folder} has no weight ${name}, ${expected}`,
      );
  }
  return { config, tensors };
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
  await writeSafetensors(join(folder, WEIGHTS), weights, { format: 'pt' });
}

/** sha256 (hex) of config.json and the weight files: what a checkpoint computes, for versions and caches. */
export async function checkpointHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [join(folder, 'config.json'), ...(await weightFiles(folder))])
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The names of bert-config.ts for those of older checkpoints and of ones saved as a bare BertModel. */
function canonicalName(name: string): string {
  return name
    .replace(/^(embeddings|encoder|pooler)\./, 'bert.$1.')
    .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
    .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
}

/** Paths of the files that hold the weights, in a fixed order. */
async function weightFiles(folder: string): Promise<string[]> {
  const path = join(folder, INDEX);
  const bytes = await readModelFile(path);
  if (!bytes) return [join(folder, WEIGHTS)];
  const shards = Object.values((parseModelJson(bytes, path).weight_map ?? {}) as Record<string, unknown>);
  if (shards.length === 0) throw unfitModel(`${path} has no weight_map`);
  const names = [...new Set(shards)].map((name) => {
    // A shard lies beside its index: a path would read files that are none of the model's.
    if (typeof name === 'string' && /^[\w.-]+\.safetensors$/.test(name)) return name;
    throw unfitModel(`${path} names ${JSON.stringify(name)}, expected the name of a .safetensors file`);
  });
  return names.sort().map((name) => join(folder, name));
}

async function readWeights(path: string): Promise<ReadonlyMap<string, SafeTensor>> {
  try {
    return await readSafetensors(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unfitModel(`${path} is missing`, HINT);
    throw error;
  }
}
