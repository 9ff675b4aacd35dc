import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import type { AdapterFiles } from './adapter-store.ts';

/** What of an adapter's folder is kept in the database: PEFT's two files, what Evenkeel puts beside them, the model card. */
const NAMES = ['adapter_config.json', 'calibration.json', 'README.md', 'adapter_model.safetensors'];

/** Writes a version's files to a folder, the weights last: PEFT and `readAdapter` read them there. */
export async function writeFolder(folder: string, files: AdapterFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of NAMES) {
    const bytes = files.get(name);
    if (bytes !== undefined) await writeFileAtomic(join(folder, name), [bytes]);
  }
}

export async function readFolder(folder: string): Promise<AdapterFiles> {
  const files = new Map<string, Uint8Array>();
  for (const name of NAMES) {
    const bytes = await readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (bytes !== null) files.set(name, bytes);
  }
  return files;
}
