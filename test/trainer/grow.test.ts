import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { openTokenizer } from '../../src/model/tokenizer.ts';
import { WORD_EMBEDDINGS } from '../../src/model/training-graph.ts';
import { grow } from '../../src/trainer/grow.ts';
import { grownPieces } from '../../src/trainer/vocabulary-growth.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-grow-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const known = new Map(['[UNK]', 'a', 'b', '##a', '##b', 'abba'].map((piece, id) => [piece, id]));

describe('a vocabulary that grows', () => {
  test('gets the characters it lacks first, those that start words and those that go on in them', () => {
    expect(
      grownPieces(
        known,
        new Map([
          ['aଓa', 9],
          ['ଓb', 7],
          ['é', 4],
        ]),
        2,
      ).map(({ piece }) => piece),
    ).toEqual(['##ଓ', 'ଓ']);
  });

  test('joins what stands together most often, up to whole words, and never what it has', () => {
    const words = new Map([
      ['abab', 50],
      ['ab', 30],
      ['abba', 90],
      ['ba', 3],
    ]);
    const grown = grownPieces(known, words, 10);
    expect(grown.map(({ piece }) => piece)).toEqual(['ab', '##ab', 'aba', 'abab']);
    expect(grown.at(-1)!.parts).toEqual(['aba', '##b']);
  });
});

describe('a base that grows', () => {
  async function grown(pieces: number) {
    const corpus = join(folder, 'corpus.txt');
    await writeFile(corpus, 'ଓଡ଼ିଆ villagers\n'.repeat(6));
    const out = join(folder, 'out');
    const { added } = await grow({ base: TINY_BERT, corpus: [corpus], out, pieces, seed: 1, dtype: 'F32' });
    return { added, out, tokenizer: await openTokenizer(out), before: await openTokenizer(TINY_BERT) };
  }

  test('reads what was unknown, and other texts as before', async () => {
    const { tokenizer, before } = await grown(100);
    expect([...before.encode('ଓଡ଼ିଆ')]).toContain(before.unkId);
    expect([...tokenizer.encode('ଓଡ଼ିଆ')]).not.toContain(tokenizer.unkId);
    expect(tokenizer.tokenOf(tokenizer.encode('villagers')[1]!)).toBe('villagers');
    expect(tokenizer.encode('the market is old')).toEqual(before.encode('the market is old'));
  });

  test('keeps its weights; a joined piece is the mean of those it is made of', async () => {
    const { added, out, tokenizer, before } = await grown(100);
    const [old, wide] = await Promise.all([TINY_BERT, out].map((base) => openCheckpoint(base)));
    expect(wide!.config.vocab_size).toBe(old!.config.vocab_size + added);
    const size = old!.config.hidden_size;
    const [oldRows, rows] = [old!, wide!].map(({ tensors }) => tensors.get(WORD_EMBEDDINGS)!.data as Float32Array);
    expect(rows!.subarray(0, oldRows!.length)).toEqual(oldRows);
    const parts = [...before.encode('villagers')].slice(1, -1);
    const row = tokenizer.idOf('villagers')! * size;
    for (let k = 0; k < size; k += 1) {
      const mean = parts.reduce((sum, id) => sum + oldRows![id * size + k]!, 0) / parts.length;
      expect(rows![row + k]).toBeCloseTo(mean, 5);
    }
    for (const [name, tensor] of old!.tensors)
      if (name !== WORD_EMBEDDINGS && !name.startsWith('cls.')) expect(wide!.tensors.get(name)).toEqual(tensor);
  });

  test('is the same from the same seed, and takes no more pieces than it may', async () => {
    const { added, out } = await grown(3);
    expect(added).toBe(3);
    const first = await readFile(join(out, 'model.safetensors'));
    await grown(3);
    expect((await readFile(join(out, 'model.safetensors'))).equals(first)).toBe(true);
  });

  test('refuses a tokenizer that is no list of pieces', async () => {
    const base = join(folder, 'base');
    const { cp } = await import('node:fs/promises');
    await cp(TINY_BERT, base, { recursive: true });
    await writeFile(join(base, 'tokenizer.json'), '{"model": {"type": "WordPiece", "vocab": {}}}');
    const job = grow({ base, corpus: [], out: join(folder, 'out'), pieces: 1, seed: 1, dtype: 'F32' });
    await expect(job).rejects.toThrow('cannot grow');
  });
});
