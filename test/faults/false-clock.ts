import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A clock that processes believe in, and that can be set. Their steady clock is the machine's. */
export interface FalseClock {
  /** The environment of a process that believes in it. */
  env: NodeJS.ProcessEnv;
  /** By how many s it is ahead of the true one. */
  set(seconds: number): void;
  remove(): void;
}

/** Makes one with libfaketime (Debian's package `faketime`); null where the machine lacks it. */
export function makeFalseClock(): FalseClock | null {
  const library = findLibrary();
  if (library === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-clock-'));
  const file = join(folder, 'now');
  const set = (seconds: number): void => {
    // Whole or not at all: who reads half of it would believe in another time.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function findLibrary(): string | null {
  const root = '/usr/lib';
  const folders = existsSync(root) ? readdirSync(root).map((name) => join(root, name, 'faketime')) : [];
  return folders.map((folder) => join(folder, 'libfaketimeMT.so.1')).find((file) => existsSync(file)) ?? null;
}
