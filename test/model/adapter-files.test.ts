import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';

import { readAdapter, writeAdapter } from '../../src/model/adapter-files.ts';
import { readBertConfig } from '../../src/model/checkpoint.ts';
import { readSafetensors, toFloat32, writeSafetensors, type SafeTensor } from '../../src/onnx/safetensors.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';

const NAMES = ['adapter', 'adapter-wide', 'adapter-all', 'adapter-own'] as const;
const base = await readBertConfig(TINY_BERT);
const QUERY = 'bert.encoder.layer.1.attention.self.query';

/** A copy of the narrow adapter that a test may spoil. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapter-'));
  await cp(join(TINY_BERT, 'adapter'), folder, { recursive: true });
});

async function changeConfig(change: Record<string, unknown>): Promise<void> {
  const path = join(folder, 'adapter_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...config, ...change }));
}

async function changeWeights(change: (tensors: Map<string, SafeTensor>) => void): Promise<void> {
  const path = join(folder, 'adapter_model.safetensors');
  const tensors = await readSafetensors(path);
  change(tensors);
  await writeSafetensors(path, tensors);
}

describe('a calibration', () => {
  test('is kept beside the adapter, changes its version and goes when the next has none', async () => {
    const adapter = await readAdapter(folder, base);
    expect(adapter.calibration).toEqual({ temperature: 1, thresholds: {} });
    const calibration = { temperature: 1.7, thresholds: { en: 0.45 } };
    const version = await writeAdapter(folder, { ...adapter, calibration });
    const calibrated = await readAdapter(folder, base);
    expect(calibrated.calibration).toEqual(calibration);
    expect(calibrated.version).toBe(version);
    expect(version).not.toBe(adapter.version);
    const otherwise = { ...calibration, thresholds: { en: 0.5 } };
    expect(await writeAdapter(folder, { ...adapter, calibration: otherwise })).not.toBe(version);
    const { settings, tensors } = adapter;
    await writeAdapter(folder, { settings, tensors, base: '' });
    expect((await readAdapter(folder, base)).calibration.temperature).toBe(1);
  });

  test.each([
    ['{"temperature": 0}', 'has temperature 0'],
    ['{"temperature": 1, "thresholds": {"en": 2}}', 'has thresholds {"en":2}'],
    ['nonsense', 'is not a valid JSON object'],
  ])('of %s is refused', async (content, message) => {
    await writeFile(join(folder, 'calibration.json'), content);
    await expect(readAdapter(folder, base)).rejects.toThrow(message);
  });
});

describe("an adapter of PEFT's", () => {
  test('is read with its settings, matrices and head', async () => {
    const adapter = await readAdapter(join(TINY_BERT, 'adapter'), base);
    expect(adapter.base).toBe('tiny-bert');
    expect(adapter.settings).toEqual({
      r: 4,
      lora_alpha: 8,
      lora_dropout: 0,
      use_rslora: false,
      target_modules: ['query', 'value'],
    });
    expect(adapter.version).toMatch(/^[0-9a-f]{12}$/);
    expect([...adapter.tensors].map(([name, { shape }]) => `${name} ${shape.join('x')}`)).toEqual([
      ...[0, 1].flatMap((layer) =>
        ['query', 'value'].flatMap((part) => [
          `bert.encoder.layer.${layer}.attention.self.${part}.lora_A.weight 4x32`,
          `bert.encoder.layer.${layer}.attention.self.${part}.lora_B.weight 32x4`,
        ]),
      ),
      'classifier.weight 2x32',
      'classifier.bias 2',
    ]);
    const stored = await readSafetensors(join(TINY_BERT, 'adapter', 'adapter_model.safetensors'));
    for (const [name, { data }] of adapter.tensors)
      expect(data).toEqual(toFloat32(stored.get(`base_model.model.${name}`)!));
  });

  test.each(NAMES)('is written as PEFT writes it, byte for byte: %s', async (name) => {
    const adapter = await readAdapter(join(TINY_BERT, name), base);
    const out = join(folder, 'new');
    expect(await writeAdapter(out, adapter)).toBe(adapter.version);
    expect(await readFile(join(out, 'adapter_model.safetensors'))).toEqual(
      await readFile(join(TINY_BERT, name, 'adapter_model.safetensors')),
    );
    expect(await readAdapter(out, base)).toEqual(adapter);
    const [own, peft] = await Promise.all(
      [out, join(TINY_BERT, name)].map(
        async (where) =>
          JSON.parse(await readFile(join(where, 'adapter_config.json'), 'utf8')) as Record<string, unknown>,
      ),
    );
    for (const [setting, value] of Object.entries(own!)) {
      if (setting === 'modules_to_save') expect(peft![setting]).toEqual(expect.arrayContaining(value as string[]));
      else if (setting === 'target_modules') expect((peft![setting] as string[]).toSorted()).toEqual(value);
      else expect([setting, peft![setting]]).toEqual([setting, value]);
    }
  });

  test('in 16 bits is rounded, and is another version', async () => {
    const adapter = await readAdapter(folder, base);
    expect(await writeAdapter(folder, adapter, 'F16')).not.toBe(adapter.version);
    const [rounded, exact] = [(await readAdapter(folder, base)).tensors, adapter.tensors].map(
      (tensors) => tensors.get(`${QUERY}.lora_A.weight`)!.data as Float32Array,
    );
    expect(rounded).toEqual(new Float32Array(new Float16Array(exact!)));
  });

  test('with another scaling is another version', async () => {
    const { version } = await readAdapter(folder, base);
    await changeConfig({ lora_dropout: 0.1 });
    expect((await readAdapter(folder, base)).version).toBe(version);
    await changeConfig({ lora_alpha: 16 });
    expect((await readAdapter(folder, base)).version).not.toBe(version);
  });

  test('that PEFT made for no task in particular is one all the same', async () => {
    const before = await readAdapter(folder, base);
    await changeConfig({ task_type: null, modules_to_save: ['classifier'] });
    expect(await readAdapter(folder, base)).toEqual(before);
  });

  test.each([
    ['a pattern', { target_modules: '.*\\.(query|value)$' }],
    ['exceptions', { target_modules: ['query', 'value', 'key'], exclude_modules: ['key'] }],
    [
      'whole names',
      {
        target_modules: [0, 1].flatMap((i) =>
          ['query', 'value'].map((part) => `bert.encoder.layer.${i}.attention.self.${part}`),
        ),
      },
    ],
  ])('whose modules were chosen by %s has those that it has weights for', async (_, change) => {
    const before = await readAdapter(folder, base);
    await changeConfig(change);
    const { settings, tensors } = await readAdapter(folder, base);
    expect(tensors).toEqual(before.tensors);
    expect(settings.target_modules).toHaveLength(4);
    expect(settings.target_modules).toContain(QUERY);
  });
});

describe('what would compute something else is refused by name', () => {
  test.each([
    [{ peft_type: 'IA3' }, 'peft_type "IA3", expected "LORA"'],
    [{ task_type: 'TOKEN_CLS' }, 'task_type "TOKEN_CLS", expected "SEQ_CLS"'],
    [{ r: 0 }, 'r 0, expected a positive whole number'],
    [{ lora_alpha: 'high' }, 'lora_alpha "high", expected a number'],
    [{ bias: 'all' }, 'bias "all", expected "none"'],
    [{ modules_to_save: null }, 'modules_to_save null, expected ["classifier"]'],
    [{ modules_to_save: ['classifier', 'pooler'] }, 'modules_to_save ["classifier","pooler"], expected ["classifier"]'],
    [{ init_lora_weights: 'pissa' }, 'init_lora_weights "pissa", expected a start that leaves the base as it is'],
    [{ use_dora: true }, 'use_dora true, which is not supported'],
    [{ lora_bias: true }, 'lora_bias true, which is not supported'],
    [{ rank_pattern: { query: 8 } }, 'rank_pattern {"query":8}, which is not supported'],
    [{ alpha_pattern: { query: 8 } }, 'alpha_pattern {"query":8}, which is not supported'],
    [{ layers_to_transform: [0] }, 'layers_to_transform [0], which is not supported'],
    [{ layer_replication: [[0, 1]] }, 'layer_replication [[0,1]], which is not supported'],
    [{ fan_in_fan_out: true }, 'fan_in_fan_out true, which is not supported'],
    [{ trainable_token_indices: [5] }, 'trainable_token_indices [5], which is not supported'],
    [{ something_of_next_year: 'on' }, 'something_of_next_year "on", which is not supported'],
    [{ target_modules: null }, 'target_modules null, expected names of linear layers'],
    [{ target_modules: ['query'] }, 'targets no linear layer bert.encoder.layer.0.attention.self.value, but there are'],
    [
      { target_modules: ['query', 'value', 'key'] },
      'targets bert.encoder.layer.0.attention.self.key, but there are no',
    ],
  ])('%j', async (change, message) => {
    await changeConfig(change);
    await expect(readAdapter(folder, base)).rejects.toThrow(
      `adapter_config.json ${message.startsWith('targets') ? '' : 'has '}${message}`,
    );
    await expect(readAdapter(folder, base)).rejects.toMatchObject({ code: 'model', hint: expect.any(String) });
  });

  test('tensors that are missing, of another shape or of another kind', async () => {
    await changeConfig({ r: 8 });
    await expect(readAdapter(folder, base)).rejects.toThrow(
      /adapter_model\.safetensors has base_model\.model\.bert\.\S+\.lora_A\.weight as F32 \[4, 32\], expected a float tensor of shape \[8, 32\]/,
    );
    await changeConfig({ r: 4 });
    const dora = `base_model.model.${QUERY}.lora_magnitude_vector`;
    await changeWeights((tensors) => tensors.set(dora, tensors.get('base_model.model.classifier.bias')!));
    await expect(readAdapter(folder, base)).rejects.toThrow(`has ${dora}, which is no part of a LoRA adapter`);
    await changeWeights((tensors) => tensors.delete(dora) && tensors.delete('base_model.model.classifier.bias'));
    await expect(readAdapter(folder, base)).rejects.toThrow(
      'lacks base_model.model.classifier.bias, expected shape [2]',
    );
    await changeWeights((tensors) => tensors.set('classifier.bias', tensors.values().next().value!));
    await expect(readAdapter(folder, base)).rejects.toThrow(
      'has classifier.bias, expected names that start with base_model.model.',
    );
  });

  test('an adapter for a base of another size', async () => {
    await expect(readAdapter(folder, { ...base, hidden_size: 64 })).rejects.toThrow(
      /as F32 \[4, 32\], expected a float tensor of shape \[4, 64\]/,
    );
    await expect(readAdapter(folder, { ...base, num_hidden_layers: 1 })).rejects.toThrow(
      'targets no linear layer bert.encoder.layer.1.attention.self.query',
    );
  });

  test('missing and damaged files', async () => {
    const weights = join(folder, 'adapter_model.safetensors');
    await truncate(weights, 4000);
    await expect(readAdapter(folder, base)).rejects.toThrow(
      /adapter_model\.safetensors is not a valid safetensors file/,
    );
    await rm(weights);
    await expect(readAdapter(folder, base)).rejects.toThrow(`${weights} is missing`);
    await writeFile(join(folder, 'adapter_config.json'), '[]');
    await expect(readAdapter(folder, base)).rejects.toThrow(/adapter_config\.json is not a valid JSON object/);
    await rm(join(folder, 'adapter_config.json'));
    await expect(readAdapter(folder, base)).rejects.toThrow(`${join(folder, 'adapter_config.json')} is missing`);
  });
});
