import { resolve } from 'node:path';
import { locateBase } from '../../model/base.ts';
import { findSnapshot, listSnapshots, removeSnapshot } from '../../model/hub-cache.ts';
import { lockModel } from '../../model/hub-lock.ts';
import { repositoryOf } from '../../model/repository.ts';
import { readChosenBase, writeChosenBase } from '../../runtime/chosen-base.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { printJson, printLine, printNote } from '../print.ts';
import { configOf } from '../settings.ts';
import { BUNDLED, megabytes, type ModelFlags } from './listing.ts';

export async function removeModel(text: string, { json, force, ...flags }: ModelFlags): Promise<void> {
  const repository = repositoryOf(text);
  const config = configOf(flags);
  const one = text.includes('@') ? await findSnapshot(config.hubCache, repository) : null;
  const found = (await listSnapshots(config.hubCache)).filter(
    ({ id, folder }) => id === repository.id && (!text.includes('@') || folder === one),
  );
  if (found.length === 0)
    throw new EvenkeelError('input', `${text} is not in the model cache`, { hint: 'See `evenkeel model list`.' });
  const inUse = await locateBase(config).catch(() => null);
  const used = found.some(({ folder }) => inUse !== null && resolve(inUse.folder) === folder);
  if (used && !force)
    throw new EvenkeelError('input', `${text} is the base in use`, {
      hint: `Choose another with \`evenkeel model use\` (${BUNDLED} is the bundled one), or give --force.`,
    });
  const unlock = await lockModel(config.hubCache, repository.id, printNote);
  let freed = 0;
  try {
    for (const snapshot of found) freed += await removeSnapshot(config.hubCache, snapshot);
  } finally {
    unlock();
  }
  if (used && readChosenBase(config.dataDir) !== null) await writeChosenBase(config.dataDir, null);
  const removed = found.map(({ id, commit }) => ({ id, commit }));
  if (json) return printJson({ removed, freed });
  await printLine(
    `Removed ${removed.map(({ id, commit }) => `${id}@${commit.slice(0, 12)}`).join(', ')}: ${megabytes(freed)} are free.`,
  );
}
