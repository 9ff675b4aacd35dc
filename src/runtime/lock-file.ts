import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning, processName } from './process-name.ts';

/**
 * Takes a lock file for this process; gives how to give it back, or the id of the process (perhaps this one) that holds it.
 * The file names its holder, so a lock whose process is gone (SIGKILL, power) is taken over. Its folder must exist.
 */
export function takeLock(file: string): (() => void) | number {
  const mine = processName();
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, mine, { flag: 'wx' });
  try {
    // A link appears with its content or not at all, and only one of two processes gets it.
    while (!link(draft, file)) {
      const holder = read(file);
      if (holder !== null && isRunning(holder)) return Number.parseInt(holder, 10);
      if (holder !== null) removeStale(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

/** Moves the stale lock aside before deleting it: what was moved is put back if it was another's fresh one. */
function removeStale(file: string, holder: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== holder) link(aside, file);
  rmSync(aside, { force: true });
}

/** Whether the file is there now by our doing. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    // On a file system without links (FAT, some network ones), the content comes a moment after the name.
    return codeOf(error) === 'EEXIST' ? false : copy(from, to);
  }
}

function copy(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
