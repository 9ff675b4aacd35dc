import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAdapter, writeAdapter, type Adapter } from '../../src/model/adapter-files.ts';
import type { BertConfig } from '../../src/model/bert-config.ts';
import { UNCALIBRATED } from '../../src/model/calibration-file.ts';
import { readBertConfig } from '../../src/model/checkpoint.ts';
import { loraParameters } from '../../src/model/lora.ts';
import { classifierParameters } from '../../src/model/bert-config.ts';
import { float32, sizeOf } from '../../src/onnx/tensor.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';

const FILES = ['config.json', 'model.safetensors', 'tokenizer_config.json', 'vocab.txt'];

/** A base of its own: the tiny BERT of the fixtures with PEFT's two adapters as `multi` (r 4) and `en` (r 8, more modules). */
export async function tinyBase(
  adapters: Record<string, string> = { multi: 'adapter', en: 'adapter-wide' },
): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'tiny-base-'));
  for (const file of FILES) await cp(join(TINY_BERT, file), join(base, file));
  for (const [name, source] of Object.entries(adapters)) {
    await cp(join(TINY_BERT, source), join(base, name), { recursive: true });
  }
  return base;
}

export const tinyConfig = (): Promise<BertConfig> => readBertConfig(TINY_BERT);

export async function tinyAdapter(name: 'adapter' | 'adapter-wide'): Promise<Adapter> {
  return readAdapter(join(TINY_BERT, name), await tinyConfig());
}

/** The probability that transformers and PEFT give the i-th text of the fixture. */
export function referenceScore(adapter: 'adapter' | 'adapter-wide', i: number): number {
  const [not, yes] = bertReference.logits[adapter].alone[i]!;
  return 1 / (1 + Math.exp(not - yes));
}

/** Another adapter for the tiny BERT; a different `seed` gives other scores. */
export async function otherAdapter(seed: number, r = 4): Promise<Adapter> {
  const config = await tinyConfig();
  const settings = { r, lora_alpha: 8, lora_dropout: 0, target_modules: ['query', 'value'], use_rslora: false };
  let state = seed;
  const noise = (): number => Math.sin((state += 1) * 12.9898) * 0.5;
  const tensors = new Map(
    [...loraParameters(config, settings), ...classifierParameters(config)].map(({ name, shape }) => [
      name,
      float32(shape, Float32Array.from({ length: sizeOf(shape) }, noise)),
    ]),
  );
  return { settings, base: 'tiny', tensors, calibration: UNCALIBRATED, version: `seed ${seed} r ${r}` };
}

/** The same as a folder. */
export async function otherAdapterFolder(seed: number, r = 4): Promise<{ folder: string; version: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'adapter-'));
  return { folder, version: await writeAdapter(folder, await otherAdapter(seed, r)) };
}
