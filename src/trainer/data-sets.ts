import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { Example } from '../domain/example.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { withoutHeldOut } from './data-faults.ts';
import { readExamples } from './dataset.ts';

/** Which of some files are for training and which to choose by. */
export interface DataFiles {
  train: string[];
  dev: string[];
  /** Held-out tests: never read. */
  left: string[];
}

/** One post of so many is kept from training where a language has no dev posts. */
const HELD_OUT = 10;

/**
 * The labelled files among files and folders, and below these what lies in their own folders: `dev` and `test` are told by a
 * part of a file's name (`en.dev.jsonl`) or by its folder (`dev/eng.csv`, as POLAR has it), all others are for training.
 */
export async function findDataFiles(places: readonly string[]): Promise<DataFiles> {
  const files = (await Promise.all(places.map((place) => filesIn(place, 2)))).flat().sort();
  const found: DataFiles = { train: [], dev: [], left: [] };
  for (const file of files) {
    const parts = new Set([...basename(file).split('.').slice(1), basename(dirname(file))]);
    if (parts.has('test')) found.left.push(file);
    else if (parts.has('dev')) found.dev.push(file);
    else found.train.push(file);
  }
  if (found.train.length > 0) return found;
  throw new EvenkeelError('input', `There is nothing to train on in ${places.join(', ')}.`, {
    hint: 'Give files or folders of .jsonl ({"text", "label", "lang"}) or .csv, such as en.train.jsonl or train/eng.csv.',
  });
}

async function filesIn(place: string, depth: number): Promise<string[]> {
  const found = await stat(place).catch((cause: unknown) => {
    throw new EvenkeelError('input', `Cannot read ${place}.`, { hint: 'Check the path and its permissions.', cause });
  });
  if (!found.isDirectory()) return [place];
  const inside: string[] = [];
  for (const entry of await readdir(place, { withFileTypes: true })) {
    if (entry.isDirectory() && depth > 0) inside.push(...(await filesIn(join(place, entry.name), depth - 1)));
    else if (/\.(jsonl|csv)$/i.test(entry.name)) inside.push(join(place, entry.name));
  }
  return inside;
}

/**
 * The posts of such files. Of a language without dev posts a tenth is held out, always the same; training posts that a dev
 * post repeats are left out.
 */
export async function readDataSets({ train: trainFiles, dev: devFiles }: DataFiles): Promise<{
  train: Example[];
  dev: Example[];
  /** Training posts left out, as dev has them too. */
  dropped: number;
}> {
  const [all, given] = await Promise.all(
    [trainFiles, devFiles].map(async (files) => (await Promise.all(files.map(readExamples))).flat()),
  );
  const withDev = new Set(given!.map(({ language }) => language));
  const isHeldOut = ({ text, language }: Example): boolean =>
    !withDev.has(language) && createHash('sha1').update(text).digest().readUInt32BE() % HELD_OUT === 0;
  const dev = [...given!, ...all!.filter(isHeldOut)];
  const { kept, dropped } = withoutHeldOut(
    all!.filter((example) => !isHeldOut(example)),
    dev,
  );
  return { train: kept, dev, dropped };
}
