import { cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';

import { encoderParameters } from '../../src/model/bert-config.ts';
import {
  checkCheckpoint,
  checkpointHash,
  openCheckpoint,
  readBertConfig,
  saveCheckpoint,
} from '../../src/model/checkpoint.ts';
import { readTokenizerFiles, vocabularyFiles } from '../../src/model/tokenizer-files.ts';
import { openTokenizer } from '../../src/model/tokenizer.ts';
import { readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from '../../src/onnx/safetensors.ts';
import { float32 } from '../../src/onnx/tensor.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';

const QUERY = 'bert.encoder.layer.1.attention.self.query.weight';
const original = await openCheckpoint(TINY_BERT);

/** A copy of the tiny BERT that a test may spoil. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  await cp(TINY_BERT, folder, { recursive: true });
});

async function changeConfig(change: Record<string, unknown>): Promise<void> {
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...config, ...change }));
}

async function changeWeights(change: (name: string, tensor: SafeTensor) => [string, SafeTensor][]): Promise<void> {
  const path = join(folder, 'model.safetensors');
  const tensors = [...(await readSafetensors(path))].flatMap(([name, tensor]) => change(name, tensor));
  await writeSafetensors(path, new Map(tensors));
}

/** The same value in 16 bits, cut off. */
const asBfloat16 = ({ shape, bytes }: SafeTensor): SafeTensor => {
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  return { dtype: 'BF16', shape, bytes: new Uint8Array(words.filter((_, i) => i % 2 === 1).buffer) };
};

describe('opening', () => {
  test('a checkpoint has its settings, every weight of the encoder, and both heads', async () => {
    expect(original.config).toMatchObject({
      hidden_size: 32,
      num_hidden_layers: 2,
      hidden_act: 'gelu',
      vocab_size: 204,
    });
    const stored = await readSafetensors(join(TINY_BERT, 'model.safetensors'));
    expect([...original.tensors.keys()].toSorted()).toEqual([...stored.keys()].toSorted());
    for (const [name, { shape, data }] of original.tensors) {
      expect(shape).toEqual(stored.get(name)!.shape);
      expect(data).toEqual(toFloat32(stored.get(name)!));
    }
  });

  test('names of a bare BertModel and of the first releases are understood', async () => {
    await changeWeights((name, tensor) => [
      [
        name
          .replace(/^bert\./, '')
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta'),
        tensor,
      ],
      ...(name === QUERY
        ? [['embeddings.position_ids', { dtype: 'I64', shape: [1], bytes: new Uint8Array(8) }] as [string, SafeTensor]]
        : []),
    ]);
    expect((await openCheckpoint(folder)).tensors).toEqual(original.tensors);
  });

  test('weights in shards are put together', async () => {
    const tensors = [...(await readSafetensors(join(folder, 'model.safetensors')))];
    const shards = { 'model-1-of-2.safetensors': tensors.slice(0, 20), 'model-2-of-2.safetensors': tensors.slice(20) };
    for (const [file, part] of Object.entries(shards)) await writeSafetensors(join(folder, file), new Map(part));
    const map = Object.entries(shards).flatMap(([file, part]) => part.map(([name]) => [name, file]));
    await writeFile(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: Object.fromEntries(map) }),
    );
    await rm(join(folder, 'model.safetensors'));
    expect((await openCheckpoint(folder)).tensors).toEqual(original.tensors);
    await rm(join(folder, 'model-2-of-2.safetensors'));
    await expect(openCheckpoint(folder)).rejects.toThrow(`${join(folder, 'model-2-of-2.safetensors')} is missing`);
  });

  test('the whole file is taken where there are shards, too, as transformers does', async () => {
    await writeFile(join(folder, 'model.safetensors.index.json'), '{"weight_map":{"a":"gone.safetensors"}}');
    expect((await openCheckpoint(folder)).tensors).toEqual(original.tensors);
  });

  test('weights lie in shared memory, so that sessions take them without a copy', () => {
    for (const { data } of original.tensors.values()) expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('a check reads no weights, and finds what opening would', async () => {
    expect(await checkCheckpoint(folder)).toEqual(original.config);
    await changeConfig({ hidden_size: 64 });
    await expect(checkCheckpoint(folder)).rejects.toThrow(/has bert\.embeddings\.word_embeddings\.weight as F32/);
  });

  test('16-bit weights are widened', async () => {
    await changeWeights((name, tensor) => [[name, asBfloat16(tensor)]]);
    const { data } = (await openCheckpoint(folder)).tensors.get(QUERY)!;
    const exact = original.tensors.get(QUERY)!.data as Float32Array;
    expect(exact.every((value, i) => Math.abs(value - (data[i] as number)) <= Math.abs(value) / 128)).toBe(true);
  });

  test('settings that a config.json leaves out are those of transformers', async () => {
    await changeConfig({
      type_vocab_size: undefined,
      layer_norm_eps: undefined,
      hidden_dropout_prob: undefined,
      model_type: undefined,
    });
    expect(await readBertConfig(folder)).toMatchObject({
      type_vocab_size: 2,
      layer_norm_eps: 1e-12,
      hidden_dropout_prob: 0.1,
    });
  });

  test("a head of another task is left out, for it is not the encoder's", async () => {
    await changeWeights((name, tensor) => [
      [name, name === 'classifier.weight' ? { dtype: 'F32', shape: [5, 32], bytes: new Uint8Array(640) } : tensor],
    ]);
    expect((await openCheckpoint(folder)).tensors.has('classifier.weight')).toBe(false);
    await expect(openCheckpoint(folder, () => [{ name: 'classifier.weight', shape: [2, 32] }])).rejects.toThrow(
      /model\.safetensors has classifier\.weight as F32 \[5, 32\], expected a float tensor of shape \[2, 32\]/,
    );
  });
});

describe('unfit files are refused by name', () => {
  test.each([
    [
      'another architecture',
      { model_type: 'roberta' },
      /config\.json is of a model of type "roberta", expected "bert"/,
    ],
    [
      'another architecture without a type',
      { model_type: undefined, architectures: ['GPT2Model'] },
      /of type "GPT2Model", expected "bert"/,
    ],
    ['no architecture', { model_type: undefined, architectures: undefined }, /of type undefined, expected "bert"/],
    ['a size that is none', { hidden_size: '32' }, /has hidden_size "32", expected a positive whole number/],
    ['a missing size', { num_hidden_layers: undefined }, /has num_hidden_layers undefined, expected/],
    [
      'heads that do not divide the hidden size',
      { num_attention_heads: 5 },
      /has hidden_size 32, expected a multiple of num_attention_heads 5/,
    ],
    ['an unknown activation', { hidden_act: 'swish' }, /has hidden_act "swish", expected one of gelu, relu/],
    [
      'relative positions',
      { position_embedding_type: 'relative_key' },
      /has position_embedding_type "relative_key", expected "absolute"/,
    ],
    ['a decoder', { is_decoder: true }, /has is_decoder true, expected false/],
    ['an impossible dropout', { hidden_dropout_prob: 1 }, /has hidden_dropout_prob 1, expected a probability below 1/],
    [
      'more layers than there are weights for',
      { num_hidden_layers: 3 },
      /has no weight bert\.encoder\.layer\.2\.attention\.self\.query\.weight, expected a float tensor of shape \[32, 32\]/,
    ],
    [
      'another hidden size than the weights have',
      { hidden_size: 64 },
      /model\.safetensors has bert\.embeddings\.word_embeddings\.weight as F32 \[204, 32\], expected a float tensor of shape \[204, 64\]/,
    ],
  ])('%s', async (_, change, message) => {
    await changeConfig(change);
    await expect(openCheckpoint(folder)).rejects.toThrow(message);
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: 'model', hint: expect.any(String) });
  });

  test('a weight that is no floating point', async () => {
    await changeWeights((name, tensor) => [
      [name, name === QUERY ? { dtype: 'I8', shape: [32, 32], bytes: new Uint8Array(1024) } : tensor],
    ]);
    await expect(openCheckpoint(folder)).rejects.toThrow(`has ${QUERY} as I8 [32, 32], expected a float tensor`);
  });

  test('a shard without a tensor that the index says is in it', async () => {
    await rename(join(folder, 'model.safetensors'), join(folder, 'model-1-of-1.safetensors'));
    const index = { weight_map: { [QUERY]: 'model-1-of-1.safetensors', 'bert.nothing': 'model-1-of-1.safetensors' } };
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    await expect(openCheckpoint(folder)).rejects.toThrow(
      'model-1-of-1.safetensors lacks bert.nothing, which model.safetensors.index.json says is in it',
    );
  });

  test.each([
    '../x.safetensors',
    '/etc/x.safetensors',
    'a/x.safetensors',
    '..\\x.safetensors',
    '.safetensors',
    'x.bin',
    7,
  ])('a shard outside the folder or that is none: %j', async (shard) => {
    await rm(join(folder, 'model.safetensors'));
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { a: shard } }));
    await expect(openCheckpoint(folder)).rejects.toThrow(`names ${JSON.stringify(shard)}, expected the name of a`);
  });

  test('one weight under two names', async () => {
    await changeWeights((name, tensor) => [
      [name, tensor],
      ...(name === QUERY ? [[name.replace('bert.', ''), tensor] as [string, SafeTensor]] : []),
    ]);
    await expect(openCheckpoint(folder)).rejects.toThrow(/has (bert\.)?encoder\.layer\.1\S+, but .* the same weight/);
  });

  test('missing and damaged files', async () => {
    const weights = join(folder, 'model.safetensors');
    await truncate(weights, 50_000);
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /model\.safetensors is not a valid safetensors file: tensor "[^"]+" ends at byte/,
    );
    await rm(weights);
    await expect(openCheckpoint(folder)).rejects.toThrow(`${weights} is missing`);
    await writeFile(join(folder, 'model.safetensors.index.json'), '{"weight_map":{"a":"../x.safetensors"}}');
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /index\.json names "\.\.\/x\.safetensors", expected the name of/,
    );
    await writeFile(join(folder, 'model.safetensors.index.json'), '{}');
    await expect(openCheckpoint(folder)).rejects.toThrow(/index\.json has no weight_map/);
    await writeFile(join(folder, 'config.json'), '{"model_type":');
    await expect(openCheckpoint(folder)).rejects.toThrow(/config\.json is not a valid JSON object/);
    await rm(join(folder, 'config.json'));
    await expect(openCheckpoint(folder)).rejects.toThrow(`${join(folder, 'config.json')} is missing`);
  });
});

describe('saving', () => {
  test('what is saved is opened again, tokenizer and all', async () => {
    const out = join(folder, 'new', 'model');
    await saveCheckpoint(out, { ...original, tokenizer: await readTokenizerFiles(TINY_BERT) });
    expect(await openCheckpoint(out)).toEqual(original);
    const tokenizer = await openTokenizer(out, original.config.vocab_size);
    expect(bertReference.texts.map((text) => [...tokenizer.encode(text)])).toEqual(bertReference.ids);
    expect((await readdir(out)).toSorted()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
  });

  test('16-bit weights take half the space and are as near as 11 bits allow', async () => {
    await saveCheckpoint(folder, { ...original, tokenizer: vocabularyFiles(['[PAD]']), dtype: 'F16' });
    const size = async (where: string) => (await stat(join(where, 'model.safetensors'))).size;
    expect(await size(folder)).toBeLessThan((await size(TINY_BERT)) * 0.55);
    const saved = await openCheckpoint(folder);
    for (const [name, { data }] of original.tensors) {
      const again = saved.tensors.get(name)!.data;
      const far = (data as Float32Array).findIndex(
        (value, i) => Math.abs(value - (again[i] as number)) > Math.abs(value) / 2048 + 2 ** -25,
      );
      expect([name, far]).toEqual([name, -1]);
    }
  });

  test('the same model gives the same bytes, and its hash tells it from any other', async () => {
    const tokenizer = vocabularyFiles(['[PAD]']);
    const turned = new Map([...original.tensors].toReversed());
    await saveCheckpoint(join(folder, 'a'), { ...original, tokenizer });
    await saveCheckpoint(join(folder, 'b'), { ...original, tensors: turned, tokenizer });
    expect(await checkpointHash(join(folder, 'a'))).toMatch(/^[0-9a-f]{64}$/);
    expect(await checkpointHash(join(folder, 'b'))).toBe(await checkpointHash(join(folder, 'a')));
    const { shape, data } = original.tensors.get(QUERY)!;
    turned.set(QUERY, float32(shape, (data as Float32Array).with(0, 1e-6)));
    await saveCheckpoint(join(folder, 'b'), { ...original, tensors: turned, tokenizer });
    expect(await checkpointHash(join(folder, 'b'))).not.toBe(await checkpointHash(join(folder, 'a')));
  });

  test('a model saved before it has a pooler is opened by who does without', async () => {
    const encoder = encoderParameters(original.config).filter(({ name }) => !name.startsWith('bert.pooler'));
    const tensors = new Map(encoder.map(({ name }) => [name, original.tensors.get(name)!]));
    await saveCheckpoint(folder, { config: original.config, tensors, tokenizer: new Map() });
    await expect(openCheckpoint(folder)).rejects.toThrow('has no weight bert.pooler.dense.weight');
    expect((await openCheckpoint(folder, () => encoder)).tensors.size).toBe(encoder.length);
  });
});

test('a tokenizer with more tokens than the model knows is refused', async () => {
  await expect(openTokenizer(TINY_BERT, 100)).rejects.toThrow(/has 204 tokens, but the model knows 100 \(vocab_size\)/);
});
