import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ADAPTER_CONFIG } from './adapter-files.ts';
import { findSnapshot, isComplete } from './hub-cache.ts';
import { unfitModel } from './model-file.ts';
import { parseRepository } from './repository.ts';

/** A base as settings name it. */
export interface BaseSettings {
  /** A folder, or a repository id of the Hugging Face hub, `org/name@revision`. */
  base: string;
  /** Where models of the hub are kept; without it there are none. */
  hubCache?: string;
  /** Where adapters are kept that are not in their base's folder; without it there are none. */
  adaptersDir?: string;
}

/** A base that is on this machine. */
export interface Base {
  /** The id of its repository, or the name of its folder. */
  name: string;
  folder: string;
  /** Folders of its adapters by name: those in its own folder, and before them those in `adaptersFolder`. */
  adapters: ReadonlyMap<string, string>;
  /** Where further adapters of it are kept: a base from the hub lies in a cache that is not ours to write into. */
  adaptersFolder: string | null;
}

/** Finds a base and its adapters without asking the network. Throws a `model` error that says how to get it. */
export async function locateBase({ base, hubCache, adaptersDir }: BaseSettings): Promise<Base> {
  const { name, folder } = isFolder(base)
    ? { name: basename(resolve(base)), folder: base }
    : await locateRepository(base, hubCache);
  const adaptersFolder = adaptersDir === undefined ? null : join(adaptersDir, name.replace('/', '--'));
  const adapters = new Map([...adaptersIn(folder), ...(adaptersFolder === null ? [] : adaptersIn(adaptersFolder))]);
  return { name, folder, adapters: new Map([...adapters].sort(([a], [b]) => (a < b ? -1 : 1))), adaptersFolder };
}

async function locateRepository(base: string, hubCache: string | undefined): Promise<{ name: string; folder: string }> {
  const repository = parseRepository(base);
  if (repository === null)
    throw unfitModel(
      `There is no folder ${base}`,
      'Give the folder of a model, or its name on the Hugging Face hub, org/name.',
    );
  const folder = hubCache === undefined ? null : await findSnapshot(hubCache, repository);
  const pull = `Get it with \`evenkeel model pull ${base}\`; \`evenkeel model list\` shows what is here.`;
  if (folder === null)
    throw unfitModel(`There is neither a folder ${base} nor a model of that name in the cache`, pull);
  if (!(await isComplete(folder))) throw unfitModel(`The model ${base} is in the cache, but not whole`, pull);
  return { name: repository.id, folder };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function adaptersIn(folder: string): [string, string][] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && existsSync(join(folder, name, ADAPTER_CONFIG)))
    .map((name) => [name, join(folder, name)]);
}
