import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findUnderWay } from '../store/training-runs.ts';
import type { RetrainParts } from './retrain.ts';

/** Removes what runs left here that ended while this process was dead, or that another machine ended. */
export async function sweepRuns({ database, folder }: Pick<RetrainParts, 'database' | 'folder'>): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const runs = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const underWay = await findUnderWay(database.handle, runs);
  for (const run of runs) if (!underWay.has(run)) await rm(join(folder, String(run)), { recursive: true, force: true });
}
