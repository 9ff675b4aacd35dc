import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { floatTensor, parseSafetensors, safetensorsChunks, toFloat32, type SafeTensor } from '../onnx/safetensors.ts';
import { float32, type Tensor } from '../onnx/tensor.ts';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { formatAdapterConfig, parseAdapterConfig, type AdapterConfig } from './adapter-config.ts';
import {
  CALIBRATION_FILE,
  formatCalibration,
  readCalibration,
  UNCALIBRATED,
  type Calibration,
} from './calibration-file.ts';
import { classifierParameters, type BertConfig } from './bert-config.ts';
import { loraParameters, loraScaling } from './lora.ts';
import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';

/** LoRA weights and a classification head, as PEFT keeps them in a folder. */
export interface Adapter extends AdapterConfig {
  /** float32, by the names of `loraParameters` and `classifierParameters`: `<module>.lora_A.weight`, `classifier.bias` … */
  tensors: ReadonlyMap<string, Tensor>;
  calibration: Calibration;
  /** What tells it from every other: 12 hex digits of the sha256 of its weights file, scaling and calibration. */
  version: string;
}

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
/** What PEFT puts before the name of each of the base's parameters. */
const PREFIX = 'base_model.model.';
const HINT = `An adapter is a folder with ${ADAPTER_CONFIG} and ${ADAPTER_WEIGHTS}, made by PEFT or Evenkeel for a base of the same shape.`;
const PICKLE =
  'Its weights are in adapter_model.bin, a pickle, which could run any code when it is read. Save it with PEFT as it is today: model.save_pretrained(folder) writes safetensors.';

/**
 * Reads an adapter that PEFT or `writeAdapter` wrote for a base of the given shape.
 * Throws for missing or damaged files and for settings and tensors that are not supported, naming file and tensor.
 */
export async function readAdapter(folder: string, base: BertConfig): Promise<Adapter> {
  const [configPath, weightsPath] = [join(folder, ADAPTER_CONFIG), join(folder, ADAPTER_WEIGHTS)];
  const json = parseModelJson(await readNeeded(configPath), configPath);
  const bytes = await readNeeded(weightsPath, existsSync(join(folder, 'adapter_model.bin')) ? PICKLE : HINT);
  const found = new Map<string, SafeTensor>();
  for (const [name, tensor] of parseSafetensors(bytes, weightsPath)) found.set(ownName(name, weightsPath), tensor);

  const modules = [...found.keys()].flatMap((name) => (name.endsWith(A) ? [name.slice(0, -A.length)] : []));
  const config = parseAdapterConfig(json, configPath, base, modules);
  const tensors = new Map<string, Tensor>();
  for (const { name, shape } of [...loraParameters(base, config.settings), ...classifierParameters(base)]) {
    const tensor = found.get(name);
    if (!tensor) throw unfitModel(`${weightsPath} lacks ${PREFIX}${name}, expected shape [${shape.join(', ')}]`, HINT);
    if (tensor.shape.join() !== shape.join() || !/^(F|BF)/.test(tensor.dtype))
      throw unfitModel(
        `${weightsPath} has ${PREFIX}${name} as ${tensor.dtype} [${tensor.shape.join(', ')}], ` +
          `expected a float tensor of shape [${shape.join(', ')}]`,
        HINT,
      );
    tensors.set(name, float32(shape, toFloat32(tensor)));
    found.delete(name);
  }
  for (const name of found.keys())
    throw unfitModel(`${weightsPath} has ${PREFIX}${name}, which is no part of a LoRA adapter`, HINT);
  const calibration = await readCalibration(folder);
  return { ...config, tensors, calibration, version: versionOf([bytes], config, calibration) };
}

/**
 * Writes an adapter so that PEFT reads it; makes the folder, replaces each file whole, the weights last.
 * Gives the adapter's version.
 */
export async function writeAdapter(
  folder: string,
  adapter: Omit<Adapter, 'version' | 'calibration'> & { calibration?: Calibration },
  dtype: 'F32' | 'F16' = 'F32',
): Promise<string> {
  const weights = new Map<string, SafeTensor>();
  for (const [name, { shape, data }] of adapter.tensors)
    weights.set(`${PREFIX}${name}`, floatTensor(data as Float32Array, [...shape], dtype));
  const chunks = safetensorsChunks(weights, { format: 'pt' });
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(join(folder, ADAPTER_CONFIG), [formatAdapterConfig(adapter)]);
  const { calibration } = adapter;
  if (calibration) await writeFileAtomic(join(folder, CALIBRATION_FILE), [formatCalibration(calibration)]);
  // What another adapter left there says nothing about this one.
  else await rm(join(folder, CALIBRATION_FILE), { force: true });
  await writeFileAtomic(join(folder, ADAPTER_WEIGHTS), chunks);
  return versionOf(chunks, adapter, calibration ?? UNCALIBRATED);
}

const A = '.lora_A.weight';

/** The base's own name for one of PEFT's tensors. */
function ownName(name: string, path: string): string {
  if (name.startsWith(PREFIX)) return name.slice(PREFIX.length);
  throw unfitModel(`${path} has ${name}, expected names that start with ${PREFIX}`, HINT);
}

function versionOf(
  bytes: readonly Uint8Array[],
  { settings }: AdapterConfig,
  { temperature, thresholds }: Calibration,
): string {
  const hash = createHash('sha256');
  for (const chunk of bytes) hash.update(chunk);
  hash.update(`scaling ${loraScaling(settings)}`);
  if (temperature !== 1) hash.update(`temperature ${temperature}`);
  if (Object.keys(thresholds).length > 0) hash.update(`thresholds ${JSON.stringify(thresholds)}`);
  return hash.digest('hex').slice(0, 12);
}

async function readNeeded(path: string, hint = HINT): Promise<Uint8Array> {
  const bytes = await readModelFile(path);
  if (!bytes) throw unfitModel(`${path} is missing`, hint);
  return bytes;
}
