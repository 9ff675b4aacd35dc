import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openCheckpoint, saveCheckpoint } from '../../src/model/checkpoint.ts';
import { readTokenizerFiles } from '../../src/model/tokenizer-files.ts';
import { float32 } from '../../src/onnx/tensor.ts';
import { averageCheckpoints } from '../../src/trainer/average.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-average-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('the average of two checkpoints has the mean of every weight, and opens', async () => {
  const { config, tensors } = await openCheckpoint(TINY_BERT);
  const doubled = new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      float32(
        shape,
        (data as Float32Array).map((x) => 2 * x),
      ),
    ]),
  );
  const tokenizer = await readTokenizerFiles(TINY_BERT);
  await saveCheckpoint(join(folder, 'doubled'), { config, tensors: doubled, tokenizer });
  await averageCheckpoints([TINY_BERT, join(folder, 'doubled')], join(folder, 'mean'), 'F32');
  const mean = await openCheckpoint(join(folder, 'mean'));
  expect([...mean.tensors.keys()]).toEqual([...tensors.keys()]);
  for (const [name, { data }] of tensors) {
    const found = mean.tensors.get(name)!.data as Float32Array;
    (data as Float32Array).forEach((value, i) => expect(found[i]).toBeCloseTo(1.5 * value, 5));
  }
});

test('checkpoints of different shape are refused by the weight that does not fit', async () => {
  const { config, tensors } = await openCheckpoint(TINY_BERT);
  const inner = 32;
  const narrow = new Map(
    [...tensors].map(([name, tensor]) => {
      const isInner = /layer\.\d+\.(intermediate|output)\.dense/.test(name);
      const shape = tensor.shape.map((dim) => (isInner && dim === config.intermediate_size ? inner : dim));
      return [name, float32(shape)] as const;
    }),
  );
  await saveCheckpoint(join(folder, 'narrow'), {
    config: { ...config, intermediate_size: inner },
    tensors: narrow,
    tokenizer: await readTokenizerFiles(TINY_BERT),
  });
  await expect(averageCheckpoints([TINY_BERT, join(folder, 'narrow')], join(folder, 'mean'), 'F32')).rejects.toThrow(
    'intermediate.dense.weight does not fit',
  );
});

test('one checkpoint alone is written in the precision asked for, and none is refused', async () => {
  await averageCheckpoints([TINY_BERT], join(folder, 'half'), 'F16');
  const [whole, half] = await Promise.all([TINY_BERT, join(folder, 'half')].map((place) => openCheckpoint(place)));
  for (const [name, { data }] of whole!.tensors) {
    const found = half!.tensors.get(name)!.data as Float32Array;
    (data as Float32Array).forEach((value, i) => expect(found[i]).toBe(Math.f16round(value)));
  }
  await expect(averageCheckpoints([], join(folder, 'mean'), 'F32')).rejects.toThrow('nothing to average');
});
