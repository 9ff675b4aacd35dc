import { existsSync } from 'node:fs';
import { rename, statfs, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { EvenkeelError } from '../runtime/errors.ts';
import { describeFile, downloadFile, partSize, type RemoteFile } from './hub-download.ts';
import { patiently, type HubRequest, type Patience } from './hub-requests.ts';

/** Where the files of a revision are and go. */
export interface SnapshotPlace {
  /** The address of its files, to which their names are added. */
  url: string;
  /** The model's folder of contents, each named by its checksum. */
  blobs: string;
  /** The revision's folder of links to them. */
  folder: string;
}

export interface GetOptions {
  request: HubRequest;
  patience: Patience;
  /** Bytes that are there, of all; and of these, what was there at the start. */
  onProgress?: (done: number, total: number, initial: number) => void;
  /** How a link is made; it fails on systems and disks that allow none. */
  link?: Link;
}

type Link = (target: string, path: string) => Promise<void>;

/** Gets those of the files that a revision's folder lacks. Gives the bytes that came over the network. */
export async function getFiles(names: readonly string[], place: SnapshotPlace, options: GetOptions): Promise<number> {
  const { request, patience, onProgress = () => {}, link = symlink } = options;
  const files: (RemoteFile & { blob: string; here: number })[] = [];
  for (const name of names) {
    if (existsSync(join(place.folder, name))) continue;
    const file = await patiently(patience, () => describeFile(request, name, `${place.url}/${name}`));
    const blob = join(place.blobs, file.etag);
    files.push({
      ...file,
      blob,
      here: existsSync(blob) ? file.size : Math.min(file.size, await partSize(`${blob}.incomplete`)),
    });
  }
  const total = sum(files.map(({ size }) => size));
  const initial = sum(files.map(({ here }) => here));
  await checkSpace(total - initial, place.blobs);
  for (const file of files) {
    const onBytes = (bytes: number): void => {
      file.here = bytes;
      onProgress(sum(files.map(({ here }) => here)), total, initial);
    };
    if (!existsSync(file.blob)) await downloadFile(request, file, file.blob, { patience, onBytes });
    await putInPlace(file.blob, join(place.folder, file.name), link);
  }
  return total - initial;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Puts a blob where a snapshot has it: by a link, or itself where the system allows none (as huggingface_hub does). */
async function putInPlace(blob: string, path: string, link: Link): Promise<void> {
  try {
    await link(relative(dirname(path), blob), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    await rename(blob, path);
  }
}

async function checkSpace(needed: number, folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
  throw new EvenkeelError(
    'model',
    `The model needs ${megabytes(needed)} in ${folder}, where ${megabytes(bavail * bsize)} are free`,
    { hint: 'Free some space, or choose another folder with HF_HUB_CACHE.' },
  );
}
