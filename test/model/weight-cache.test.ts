import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { buildInferenceGraph } from '../../src/model/inference-graph.ts';
import { createOrtSession } from '../../src/model/ort.ts';
import { PRECISIONS, type ServingBase } from '../../src/model/serving-weights.ts';
import { openServingBase } from '../../src/model/weight-cache.ts';
import { float32, int32 } from '../../src/onnx/tensor.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  return () => rm(folder, { recursive: true });
});

async function logits(base: ServingBase): Promise<unknown> {
  const session = await createOrtSession(buildInferenceGraph(base, { rank: 1, targets: [] }), { threads: 1 });
  const hidden = base.config.hidden_size;
  const row = (data: number[]) => int32([1, data.length], data);
  const outputs = await session.run({
    input_ids: row([2, 9, 8, 7, 3]),
    position_ids: row([0, 1, 2, 3, 4]),
    segments: row([1, 1, 1, 1, 1]),
    first_tokens: int32([1], [0]),
    post_adapter: int32([1], [0]),
    'classifier.weight': float32([1, hidden, 2], new Float32Array(2 * hidden).fill(0.1)),
    'classifier.bias': float32([1, 2]),
  });
  return outputs['logits']!.data;
}

describe('converted weights', () => {
  test.each(PRECISIONS)('in %s are kept, and read from their file the next time', async (precision) => {
    const inMemory = await openServingBase(TINY_BERT, precision, null);
    const first = await openServingBase(TINY_BERT, precision, folder);
    const files = await readdir(folder);
    expect(files).toHaveLength(1);
    const second = await openServingBase(TINY_BERT, precision, folder);
    expect(await readdir(folder)).toEqual(files);
    expect([...second.weights.values()].every((tensor) => 'stored' in tensor)).toBe(true);
    const expected = await logits(inMemory);
    expect(await logits(first)).toEqual(expected);
    expect(await logits(second)).toEqual(expected);
  });

  test('of another precision are another file', async () => {
    for (const precision of PRECISIONS) await openServingBase(TINY_BERT, precision, folder);
    expect(await readdir(folder)).toHaveLength(PRECISIONS.length);
  });

  test('that are cut off are made anew', async () => {
    const expected = await logits(await openServingBase(TINY_BERT, 'int8', folder));
    const [file] = await readdir(folder);
    await truncate(join(folder, file!), 1000);
    expect(await logits(await openServingBase(TINY_BERT, 'int8', folder))).toEqual(expected);
  });

  test('that cannot be kept are used from memory, and it is said why', async () => {
    const notes: string[] = [];
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const base = await openServingBase(TINY_BERT, 'int8', join(file, 'cache'), (note) => notes.push(note));
    expect(base.folder).toBeUndefined();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/not kept.*no-folder/);
  });

  test('of bases long unused make room', async () => {
    for (let i = 0; i < 6; i += 1) await writeFile(join(folder, `old-${i}.safetensors`), '');
    await openServingBase(TINY_BERT, 'fp32', folder);
    const files = await readdir(folder);
    expect(files).toHaveLength(4);
    expect(files.some((name) => name.endsWith('-fp32.safetensors'))).toBe(true);
  });
});
