import { join } from 'node:path';
import { EvenkeelError } from '../runtime/errors.ts';
import { takeLock } from '../runtime/lock-file.ts';

/** Takes a data folder for this process; returns how to give it back. Throws `data-dir` where it is held already. */
export function lockFolder(folder: string): () => void {
  const taken = takeLock(join(folder, 'lock'));
  if (typeof taken !== 'number') return taken;
  const who = taken === process.pid ? 'this process' : `process ${taken}`;
  throw new EvenkeelError('data-dir', `The data folder ${folder} is in use by ${who}`, {
    hint: 'Stop that process, or choose another folder with --data-dir.',
  });
}
