import { PGlite } from '@electric-sql/pglite';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import { lockFolder } from './folder-lock.ts';

/** The major version of Postgres inside PGlite: its files are readable by no other. */
const POSTGRES_MAJOR = '18';

/**
 * PGlite computes on this thread and answers within the current turn of the event loop. Here each statement gives the
 * loop a turn before the next: without it, a busy queue would keep timers and sockets waiting for as long as it is busy.
 */
class TurnTakingPGlite extends PGlite {
  override _runExclusiveQuery<T>(run: () => Promise<T>): Promise<T> {
    // oxlint-disable-next-line no-underscore-dangle -- PGlite's name for the one place that every statement passes
    return super._runExclusiveQuery(async () => {
      try {
        return await run();
      } finally {
        await setImmediate();
      }
    });
  }
}

/** An open embedded database and how to close it: files closed, folder given back. */
export interface Embedded {
  client: PGlite;
  close(): Promise<void>;
}

/**
 * Opens the embedded database in a folder, made where it does not exist.
 * Throws `data-dir` where the folder is unwritable, in use by another process or of another Postgres version.
 */
export async function openEmbedded(folder: string): Promise<Embedded> {
  const unlock = takeFolder(folder);
  try {
    const client = await openFiles(folder);
    return {
      client,
      async close() {
        await client.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function takeFolder(folder: string): () => void {
  try {
    // Authors' ids and sealed texts are nobody else's on this machine, and PGlite's own files are open to all.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof EvenkeelError) throw error;
    throw new EvenkeelError('data-dir', `The data folder ${folder} cannot be written: ${messageOf(error)}`, {
      hint: 'Give this user write access to it, or choose another folder with --data-dir.',
      cause: error,
    });
  }
}

async function openFiles(folder: string): Promise<PGlite> {
  const files = join(folder, 'postgres');
  if (!existsSync(files)) await initialise(folder, files);
  const major = readMajor(files);
  if (major !== POSTGRES_MAJOR) {
    throw new EvenkeelError(
      'data-dir',
      `The data folder ${folder} holds files of Postgres ${major ?? 'of an unknown version'}; this version reads ${POSTGRES_MAJOR}`,
      { hint: 'Use the version of Evenkeel that wrote it, or choose another folder with --data-dir.' },
    );
  }
  try {
    const client = new TurnTakingPGlite(files);
    await client.waitReady;
    return client;
  } catch (error) {
    throw new EvenkeelError('data-dir', `The database in ${folder} cannot be opened: ${messageOf(error)}`, {
      hint: 'Restore the folder from a backup, or choose another with --data-dir.',
      cause: error,
    });
  }
}

/** Made under another name and moved into place, so that a process killed meanwhile leaves nothing half made. */
async function initialise(folder: string, files: string): Promise<void> {
  const draft = join(folder, 'postgres.new');
  rmSync(draft, { recursive: true, force: true });
  const client = await PGlite.create(draft);
  await client.close();
  renameSync(draft, files);
}

function readMajor(files: string): string | null {
  try {
    return readFileSync(join(files, 'PG_VERSION'), 'utf8').trim();
  } catch {
    return null;
  }
}
