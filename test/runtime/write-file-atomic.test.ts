import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { writeFileAtomic } from '../../src/runtime/write-file-atomic.ts';

test('a file is replaced whole by the pieces in order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atomic-'));
  const path = join(folder, 'file');
  await writeFile(path, 'what was there, and longer');
  await writeFileAtomic(path, [Buffer.from('new '), 'content']);
  expect(await readFile(path, 'utf8')).toBe('new content');
  expect(await readdir(folder)).toEqual(['file']);
});

test('a write that fails midway leaves the old file and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atomic-'));
  const path = join(folder, 'file');
  await writeFile(path, 'old');
  function* pieces(): Generator<string> {
    yield 'half';
    throw new Error('no more');
  }
  await expect(writeFileAtomic(path, pieces())).rejects.toThrow('no more');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['file']);
});
