import { basename, resolve } from 'node:path';
import { locateBase } from '../../model/base.ts';
import { readBertConfig } from '../../model/checkpoint.ts';
import { bytesIn, isComplete, listSnapshots, type Snapshot } from '../../model/hub-cache.ts';
import { BUNDLED_BASE, type Flags } from '../../runtime/config.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { configOf } from '../settings.ts';

export interface ModelFlags extends Pick<Flags, 'dataDir'> {
  force?: boolean;
  json?: boolean;
}

/** What people call the bundled base. */
export const BUNDLED = basename(BUNDLED_BASE);

export async function listModels({ json, ...flags }: ModelFlags): Promise<void> {
  const config = configOf(flags);
  const inUse = await locateBase(config).catch(() => null);
  const models = [];
  for (const found of [await bundled(), ...(await listSnapshots(config.hubCache))]) {
    // Other kinds of models share the cache.
    if ((await readBertConfig(found.folder).catch(() => null)) === null) continue;
    const { id: name, revisions, commit, folder, size } = found;
    const isUsed = inUse !== null && resolve(inUse.folder) === resolve(folder);
    models.push({ name, revisions, commit, folder, size, complete: await isComplete(folder), inUse: isUsed });
  }
  if (json) return printJson({ models });
  await printTable([
    ['', 'model', 'revision', 'commit', 'size'],
    ...models.map(({ name, revisions, commit, size, complete, inUse: isUsed }) => [
      isUsed ? '*' : '',
      name,
      revisions.join(', '),
      commit === null ? 'bundled' : commit.slice(0, 12),
      `${megabytes(size)}${complete ? '' : ', not whole: pull it again'}`,
    ]),
  ]);
  if (!models.some((each) => each.inUse)) await printLine(`In use: ${config.base}`);
}

async function bundled(): Promise<Omit<Snapshot, 'commit'> & { commit: null }> {
  const size = await bytesIn(BUNDLED_BASE);
  return { id: BUNDLED, revisions: [], commit: null, folder: BUNDLED_BASE, size };
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
