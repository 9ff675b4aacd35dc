import { expect, test } from 'vitest';
import type { BertConfig } from '../../src/model/bert-config.ts';
import { readBertConfig } from '../../src/model/checkpoint.ts';
import { BUNDLED_BASE } from '../../src/runtime/config.ts';
import { sessionThreads } from '../../src/classifier/session-threads.ts';

const MINI = await readBertConfig(BUNDLED_BASE);
const MBERT: BertConfig = {
  ...MINI,
  vocab_size: 119_547,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
};

test.each([
  ['a small model has one session on few cores', MINI, {}, 2, { workers: 1, threads: 2 }],
  ['a small model has a session for every two threads', MINI, {}, 6, { workers: 3, threads: 2 }],
  ['a small model shares many threads among few sessions', MINI, {}, 16, { workers: 4, threads: 4 }],
  ['a large model has one session', MBERT, {}, 16, { workers: 1, threads: 16 }],
  ['threads asked for are all workers’ together', MINI, { threads: 1 }, 16, { workers: 1, threads: 1 }],
  ['workers asked for share the threads', MBERT, { workers: 3 }, 8, { workers: 3, threads: 2 }],
  ['each has a thread, however few there are', MBERT, { workers: 8, threads: 2 }, 8, { workers: 8, threads: 1 }],
])('%s', (_name, config, asked, cores, expected) => {
  expect(sessionThreads('cpu', config, asked, cores)).toEqual(expected);
});

test('a GPU has one session', () => {
  expect(sessionThreads('webgpu', MINI, {}, 16).workers).toBe(1);
});
