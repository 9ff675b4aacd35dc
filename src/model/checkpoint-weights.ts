import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile, type TensorPlace } from '../onnx/safetensors.ts';
import { parseModelJson, readModelFile, unfitModel } from './model-file.ts';

/** The weights of a model: one file, or an index of shards that lie beside it. */
export const WHOLE = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

/** What to do about a folder that lacks something. */
export const INCOMPLETE_MODEL =
  'A model is a folder with config.json, model.safetensors and a tokenizer. Weights in pytorch_model.bin must be converted to safetensors first.';

/** Where one weight lies. */
export interface Weight {
  path: string;
  file: SafetensorsFile;
  place: TensorPlace;
}

/** Opens a folder's weight files for as long as `use` takes. Weights are under the names of bert-config.ts. */
export async function withWeights<T>(
  folder: string,
  use: (weights: ReadonlyMap<string, Weight>) => Promise<T>,
): Promise<T> {
  const files: SafetensorsFile[] = [];
  try {
    const weights = new Map<string, Weight>();
    for (const { path, promised } of await weightFiles(folder)) {
      const file = await openWeights(path);
      files.push(file);
      for (const name of promised ?? [])
        if (!file.places.has(name)) throw unfitModel(`${path} lacks ${name}, which ${INDEX} says is in it`);
      for (const [name, place] of file.places) {
        const own = canonicalName(name);
        const other = weights.get(own);
        if (other) throw unfitModel(`${path} has ${name}, but ${other.path} has ${other.place.name}, the same weight`);
        weights.set(own, { path, file, place });
      }
    }
    return await use(weights);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/** The names of bert-config.ts for those of older checkpoints and of ones saved as a bare BertModel. */
function canonicalName(name: string): string {
  return name
    .replace(/^(embeddings|encoder|pooler)\./, 'bert.$1.')
    .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
    .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
}

/** The files that hold the weights, in a fixed order, each with the tensors that an index says are in it. */
export async function weightFiles(folder: string): Promise<{ path: string; promised?: readonly string[] }[]> {
  const whole = join(folder, WHOLE);
  const index = join(folder, INDEX);
  // transformers, too, takes the whole file where there are both.
  if (existsSync(whole) || !existsSync(index)) return [{ path: whole }];
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(await readWeightMap(index)))
    shards.set(shard, [...(shards.get(shard) ?? []), tensor]);
  return [...shards]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, promised]) => ({ path: join(folder, name), promised }));
}

/** What an index file says: the shard of each tensor. */
export async function readWeightMap(path: string): Promise<Record<string, string>> {
  const bytes = await readModelFile(path);
  if (!bytes) throw unfitModel(`${path} is missing`, INCOMPLETE_MODEL);
  const { weight_map: map } = parseModelJson(bytes, path);
  if (typeof map !== 'object' || map === null || Object.keys(map).length === 0)
    throw unfitModel(`${path} has no weight_map`);
  for (const name of Object.values(map as Record<string, unknown>))
    // A shard lies beside its index: a path would read files that are none of the model's.
    if (typeof name !== 'string' || !/^[\w-][\w.-]*\.safetensors$/.test(name))
      throw unfitModel(`${path} names ${JSON.stringify(name)}, expected the name of a .safetensors file`);
  return map as Record<string, string>;
}

async function openWeights(path: string): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw unfitModel(`${path} is missing`, INCOMPLETE_MODEL);
    throw error;
  }
}
