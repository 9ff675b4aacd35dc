import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readlink, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { bertFiles } from './bert-files.ts';
import { INDEX, readWeightMap } from './checkpoint-weights.ts';
import type { Repository } from './repository.ts';

// The cache of huggingface_hub, which every program of a user shares: models--org--name/ with blobs/<etag>,
// snapshots/<commit>/<file> (links to blobs) and refs/<revision> (a commit). @huggingface/hub reads it too, but takes a
// repository without refs, or with refs/pr/1 inside, for a damaged one.

export const COMMIT = /^[0-9a-f]{40}$/;

/** One revision of a model in the cache. */
export interface Snapshot {
  id: string;
  commit: string;
  folder: string;
  /** Branches and tags that point at it. */
  revisions: string[];
  /** Bytes of its files. */
  size: number;
}

export function repositoryFolder(cache: string, id: string): string {
  return join(cache, `models--${id.replace('/', '--')}`);
}

/** The folder of a revision in the cache, null where it was never pulled. A commit may be cut to 7 digits. */
export async function findSnapshot(cache: string, { id, revision }: Repository): Promise<string | null> {
  const repository = repositoryFolder(cache, id);
  const commit = readRef(join(repository, 'refs', revision)) ?? revision;
  const snapshots = join(repository, 'snapshots');
  const found = (await namesIn(snapshots)).filter(
    (name) => name === commit || (/^[0-9a-f]{7,}$/.test(commit) && name.startsWith(commit)),
  );
  return found.length === 1 ? join(snapshots, found[0]!) : null;
}

/** Whether all that a BERT needs is in a snapshot: a pull that was cut leaves a part. */
export async function isComplete(folder: string): Promise<boolean> {
  const has = (name: string): boolean => existsSync(join(folder, name));
  try {
    const files = bertFiles((await namesIn(folder)).filter(has), folder);
    if (!files.includes(INDEX)) return true;
    return Object.values(await readWeightMap(join(folder, INDEX))).every(has);
  } catch {
    return false;
  }
}

/** Every revision of every model in the cache, by name; models of other kinds are among them. */
export async function listSnapshots(cache: string): Promise<Snapshot[]> {
  const repositories = (await namesIn(cache)).filter((name) => /^models--[\w.-]+?--[\w.-]+$/.test(name)).sort();
  const snapshots = await Promise.all(repositories.map((name) => snapshotsIn(join(cache, name))));
  return snapshots.flat();
}

/**
 * Removes a snapshot, what points at it, and the blobs that no other snapshot of the model uses; with the last one, all
 * that is left of the model. Gives the bytes that became free.
 */
export async function removeSnapshot(cache: string, { id, commit, folder }: Snapshot): Promise<number> {
  const repository = repositoryFolder(cache, id);
  const before = await bytesIn(repository);
  for (const ref of await refsIn(repository)) if (ref.commit === commit) await removeRef(repository, ref.revision);
  await rm(folder, { recursive: true, force: true });
  const left = await snapshotsIn(repository);
  if (left.length === 0) {
    await rm(repository, { recursive: true, force: true });
    return before;
  }
  const used = new Set((await Promise.all(left.map((each) => blobsOf(each.folder)))).flat());
  for (const blob of await namesIn(join(repository, 'blobs')))
    if (!used.has(blob) && !blob.endsWith('.incomplete')) await rm(join(repository, 'blobs', blob), { force: true });
  return before - (await bytesIn(repository));
}

/** Points a branch or tag at a commit. */
export async function writeRef(cache: string, { id, revision }: Repository, commit: string): Promise<void> {
  const path = join(repositoryFolder(cache, id), 'refs', revision);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, [commit]);
}

async function snapshotsIn(repository: string): Promise<Snapshot[]> {
  const id = basename(repository).split('--').slice(1).join('/');
  const refs = await refsIn(repository);
  const commits = (await namesIn(join(repository, 'snapshots'))).filter((name) => COMMIT.test(name)).sort();
  return Promise.all(
    commits.map(async (commit) => {
      const folder = join(repository, 'snapshots', commit);
      const revisions = refs.filter((ref) => ref.commit === commit).map(({ revision }) => revision);
      return { id, commit, folder, revisions, size: await bytesIn(folder) };
    }),
  );
}

async function refsIn(repository: string): Promise<{ revision: string; commit: string }[]> {
  const folder = join(repository, 'refs');
  return (await filesIn(folder)).flatMap((path) => {
    const commit = readRef(path);
    return commit === null ? [] : [{ revision: relative(folder, path).split(sep).join('/'), commit }];
  });
}

function readRef(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Absent, or a folder: `refs/pr` is none of the refs.
    return null;
  }
}

/** Removes a ref, and the folders that it leaves empty: they would be in the way of a branch of their name. */
async function removeRef(repository: string, revision: string): Promise<void> {
  await rm(join(repository, 'refs', revision), { force: true });
  for (let folder = dirname(revision); folder !== '.'; folder = dirname(folder))
    await rmdir(join(repository, 'refs', folder)).catch(() => {});
}

/** Names of the blobs that a snapshot's links point at. */
async function blobsOf(folder: string): Promise<string[]> {
  const links = await Promise.all((await filesIn(folder)).map((path) => readlink(path).catch(() => null)));
  return links.flatMap((target) => (target === null ? [] : [basename(target)]));
}

/** Bytes of the files below a folder, links followed; each file counts once. */
export async function bytesIn(folder: string): Promise<number> {
  const sizes = new Map<string, number>();
  for (const path of await filesIn(folder)) {
    const found = await stat(path).catch(() => null);
    if (found !== null) sizes.set(`${found.dev}:${found.ino}`, found.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() ? [] : [join(entry.parentPath, entry.name)]));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
