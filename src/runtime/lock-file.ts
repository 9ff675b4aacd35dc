import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Takes a lock file for this process; gives how to give it back, or the id of the process (perhaps this one) that holds it.
 * The file names its holder, so a lock whose process is gone (SIGKILL, power) is taken over. Its folder must exist.
 */
export function takeLock(file: string): (() => void) | number {
  const mine = holderOf(process.pid);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, mine, { flag: 'wx' });
  try {
    // A link appears with its content or not at all, and only one of two processes gets it.
    while (!link(draft, file)) {
      const holder = read(file);
      if (holder !== null && isAlive(holder)) return Number.parseInt(holder, 10);
      if (holder !== null) removeStale(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

/** Process id and, where the system tells, the moment it started: ids are used again, in containers at once. */
function holderOf(pid: number): string {
  return `${pid} ${startOf(pid)}`;
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in parentheses and may hold anything; the start is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return holder === holderOf(pid);
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
