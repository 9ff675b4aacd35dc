import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../runtime/errors.ts';
import { takeLock } from '../runtime/lock-file.ts';
import { unfitModel } from './model-file.ts';

/** How often a pull looks whether another one of the same model is done. */
const LOOK_MS = 250;

/**
 * Takes a model of the cache for this process and returns how to give it back. Two pulls would write into the same files:
 * the second waits here, after a note, and then finds them.
 */
export async function lockModel(cache: string, id: string, onNote: (note: string) => void): Promise<() => void> {
  // Beside the locks of huggingface_hub, which are of single files and of a kind that Node does not have.
  const folder = join(cache, '.locks', `models--${id.replace('/', '--')}`);
  makeFolders(folder);
  for (let waited = false; ; waited = true) {
    const taken = takeLock(join(folder, 'evenkeel.lock'));
    if (typeof taken !== 'number') return taken;
    if (!waited) onNote(`Process ${taken} is at work on ${id}; this one waits for it.`);
    await delay(LOOK_MS);
  }
}

export function makeFolders(...folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw unfitModel(
        `The model cache cannot be written: ${messageOf(error)}`,
        'Give this user write access to it, or choose another folder with HF_HUB_CACHE.',
        error,
      );
    }
  }
}
