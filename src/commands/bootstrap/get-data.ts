import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import { writeFileAtomic } from '../../runtime/write-file-atomic.ts';
import { printNote } from '../print.ts';

/** Files and folders as they are; what an address names is got into `folder` once, and whole. */
export async function getData(places: readonly string[], folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const place of places) found.push(/^https?:\/\//.test(place) ? await download(place, folder) : place);
  return found;
}

async function download(address: string, folder: string): Promise<string> {
  const { pathname } = new URL(address);
  // Its folder tells dev from train: train/eng.csv, dev/eng.csv.
  const path = decodeURIComponent(pathname);
  const target = join(folder, basename(dirname(path)), basename(path));
  if (!/\.(jsonl|csv)$/i.test(target))
    throw new EvenkeelError('input', `${address} names no file of labelled posts`, {
      hint: 'Give the address of a .jsonl or .csv file itself, not of a page about it.',
    });
  if (existsSync(target)) return target;
  printNote(`getting ${address}`);
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    await mkdir(dirname(target), { recursive: true });
    await writeFileAtomic(target, [new Uint8Array(await response.arrayBuffer())]);
  } catch (error) {
    throw new EvenkeelError('network', `${address} cannot be got: ${messageOf(error)}`, {
      hint: 'Check the address and the network, or download the file and give its path.',
      cause: error,
    });
  }
  return target;
}
