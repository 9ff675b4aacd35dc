import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { floatTensor, parseSafetensors, safetensorsChunks, toFloat32 } from '../onnx/safetensors.ts';
import { float32, type Tensor } from '../onnx/tensor.ts';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { classifierParameters, type BertConfig } from './bert-config.ts';
import { bottleneckParameters, type BottleneckSettings } from './bottleneck.ts';
import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';

/** Bottleneck adapters and a classification head, in a folder of our own format: no library's is in common use. */
export interface Bottleneck {
  settings: BottleneckSettings;
  /** The base that they were trained on. */
  base: string;
  /** float32, by the names of `bottleneckParameters` and `classifierParameters`. */
  tensors: ReadonlyMap<string, Tensor>;
}

const CONFIG = 'bottleneck_config.json';
const WEIGHTS = 'bottleneck_model.safetensors';
const HINT = `Bottleneck adapters are a folder with ${CONFIG} and ${WEIGHTS}, made by \`evenkeel train --method bottleneck\`.`;

/** Throws for missing or damaged files and tensors of another shape, naming them. */
export async function readBottleneck(folder: string, base: BertConfig): Promise<Bottleneck> {
  const [configPath, weightsPath] = [join(folder, CONFIG), join(folder, WEIGHTS)];
  const { placement, size, base: name } = parseModelJson(await readNeeded(configPath), configPath);
  const settings = { placement, size } as BottleneckSettings;
  if (!['houlsby', 'pfeiffer'].includes(settings.placement) || !Number.isSafeInteger(size) || settings.size < 1)
    throw unfitModel(`${configPath} has placement ${JSON.stringify(placement)} and size ${JSON.stringify(size)}`, HINT);
  const found = parseSafetensors(await readNeeded(weightsPath), weightsPath);
  const tensors = new Map<string, Tensor>();
  for (const { name: each, shape } of [...bottleneckParameters(base, settings), ...classifierParameters(base)]) {
    const tensor = found.get(each);
    if (tensor?.shape.join() !== shape.join())
      throw unfitModel(
        `${weightsPath} has ${each} of shape [${tensor?.shape.join(', ') ?? 'none'}], expected [${shape.join(', ')}]`,
        HINT,
      );
    tensors.set(each, float32(shape, toFloat32(tensor)));
  }
  return { settings, base: typeof name === 'string' ? name : '', tensors };
}

/** Makes the folder, replaces each file whole, the weights last. */
export async function writeBottleneck(
  folder: string,
  { settings, base, tensors }: Bottleneck,
  dtype: 'F32' | 'F16' = 'F32',
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(join(folder, CONFIG), [`${JSON.stringify({ ...settings, base }, null, 2)}\n`]);
  const weights = new Map(
    [...tensors].map(([name, { shape, data }]) => [name, floatTensor(data as Float32Array, [...shape], dtype)]),
  );
  await writeFileAtomic(join(folder, WEIGHTS), safetensorsChunks(weights));
}

async function readNeeded(path: string): Promise<Uint8Array> {
  const bytes = await readModelFile(path);
  if (!bytes) throw unfitModel(`${path} is missing`, HINT);
  return bytes;
}
