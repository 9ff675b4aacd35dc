import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EvenkeelError } from '../runtime/errors.ts';

const FILE = 'lock';

/**
 * Takes a folder for this process; returns how to give it back. The file names its holder, so a lock whose process is
 * gone (SIGKILL, power) is taken over. Throws `data-dir` where another process, or this one, holds it.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, FILE);
  const mine = holderOf(process.pid);
  const draft = join(folder, `${FILE}.${randomUUID()}`);
  writeFileSync(draft, mine, { flag: 'wx' });
  try {
    // A link appears with its content or not at all, and only one of two processes gets it.
    while (!link(draft, file)) {
      const holder = read(file);
      if (holder !== null && isAlive(holder)) throw held(folder, holder);
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

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
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

function held(folder: string, holder: string): EvenkeelError {
  const pid = Number.parseInt(holder, 10);
  const who = pid === process.pid ? 'this process' : `process ${pid}`;
  return new EvenkeelError('data-dir', `The data folder ${folder} is in use by ${who}`, {
    hint: 'Stop that process, or choose another folder with --data-dir.',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
