import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, writeSafetensors, type Dtype, type SafeTensor } from '../onnx/safetensors.ts';
import { bytesOf, type DataType, type StoredTensor, type Tensor } from '../onnx/tensor.ts';
import { messageOf } from '../runtime/errors.ts';
import { checkpointHash, openCheckpoint, readBertConfig } from './checkpoint.ts';
import { SERVING_FORMAT, servingBase, type Precision, type ServingBase } from './serving-weights.ts';

/** Files that are kept: a base or two in a precision or two. */
const KEPT = 4;

const DTYPES = { float32: 'F32', float16: 'F16', int8: 'I8' } as const satisfies Partial<Record<DataType, Dtype>>;

/**
 * The weights of a base in a precision. They are converted once and kept in `folder`, one safetensors file named for what
 * it holds (sha256 of the checkpoint, precision, format), so that a restart reads no checkpoint: onnxruntime maps the file,
 * and every session and process of the machine shares its pages. Without a folder, or where it cannot be written,
 * they are in memory. `onNote` hears why.
 */
export async function openServingBase(
  base: string,
  precision: Precision,
  folder: string | null,
  onNote: (note: string) => void = () => {},
): Promise<ServingBase> {
  if (folder === null) return servingBase(await openCheckpoint(base), precision);
  const file = `${await keyOf(base, precision)}.safetensors`;
  const path = join(folder, file);
  const config = await readBertConfig(base);
  const kept = await storedWeights(path, file);
  if (kept) {
    // The oldest go first: what is used is young.
    await utimes(path, new Date(), new Date()).catch(() => {});
    return { config, precision, weights: kept, folder };
  }
  const converted = servingBase(await openCheckpoint(base), precision);
  try {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(path, safeTensors(converted.weights));
    const weights = await storedWeights(path, file);
    await forgetOldest(folder, file);
    return weights ? { ...converted, weights, folder } : converted;
  } catch (error) {
    onNote(`the model's converted weights are not kept: ${messageOf(error)}`);
    return converted;
  }
}

async function keyOf(base: string, precision: Precision): Promise<string> {
  const hash = createHash('sha256').update(await checkpointHash(base));
  return `${hash.update(`${precision} ${SERVING_FORMAT}`).digest('hex').slice(0, 32)}-${precision}`;
}

/** Where each tensor of a file lies; null where there is no such file, or it is not whole. */
async function storedWeights(path: string, file: string): Promise<Map<string, StoredTensor> | null> {
  try {
    const { places, dataStart, close } = await openSafetensors(path);
    await close();
    return new Map(
      [...places].map(([name, { dtype, shape, start, end }]) => {
        const stored = { file, offset: dataStart + start, length: end - start };
        return [name, { type: typeOf(dtype), shape, stored }];
      }),
    );
  } catch {
    return null;
  }
}

function typeOf(dtype: Dtype): DataType {
  const found = Object.entries(DTYPES).find(([, each]) => each === dtype);
  if (!found) throw new RangeError(`no serving weight is ${dtype}`);
  return found[0] as DataType;
}

function safeTensors(weights: ReadonlyMap<string, Tensor>): Map<string, SafeTensor> {
  return new Map(
    [...weights].map(([name, tensor]) => {
      const dtype = DTYPES[tensor.type as keyof typeof DTYPES];
      return [name, { dtype, shape: [...tensor.shape], bytes: bytesOf(tensor) }];
    }),
  );
}

async function forgetOldest(folder: string, own: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors') && name !== own);
  const ages = await Promise.all(files.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  for (const { name } of ages.toSorted((a, b) => b.at - a.at).slice(KEPT - 1)) await rm(join(folder, name));
}
