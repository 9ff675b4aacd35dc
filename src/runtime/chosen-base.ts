import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EvenkeelError, messageOf } from './errors.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** In the data folder: the base that `evenkeel model use` chose. */
const FILE = 'base.json';

/** The base chosen for a data folder: a folder or a repository id with its commit. Null where none was. */
export function readChosenBase(dataDir: string): string | null {
  const file = join(dataDir, FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw unusable(file, messageOf(error), error);
  }
  try {
    const { base } = JSON.parse(text) as { base?: unknown };
    if (typeof base === 'string' && base !== '') return base;
  } catch (error) {
    throw unusable(file, messageOf(error), error);
  }
  throw unusable(file, 'it names no base');
}

/** Chooses the base of a data folder, which is made where it is missing; null goes back to the bundled one. */
export async function writeChosenBase(dataDir: string, base: string | null): Promise<void> {
  const file = join(dataDir, FILE);
  try {
    if (base === null) return rmSync(file, { force: true });
    mkdirSync(dataDir, { recursive: true });
    await writeFileAtomic(file, [`${JSON.stringify({ base })}\n`]);
  } catch (error) {
    throw new EvenkeelError('data-dir', `${file} cannot be written: ${messageOf(error)}`, {
      hint: 'Give this user write access to the data folder, or choose another with EVENKEEL_DATA_DIR.',
      cause: error,
    });
  }
}

function unusable(file: string, why: string, cause?: unknown): EvenkeelError {
  return new EvenkeelError('config', `${file} cannot be used: ${why}`, {
    hint: 'Choose the base again with `evenkeel model use`, or remove the file to use the bundled one.',
    cause,
  });
}
