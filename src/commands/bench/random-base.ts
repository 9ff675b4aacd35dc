import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAdapter } from '../../model/adapter-files.ts';
import {
  classifierParameters,
  encoderParameters,
  type BertConfig,
  type ParameterSpec,
} from '../../model/bert-config.ts';
import { saveCheckpoint } from '../../model/checkpoint.ts';
import { loraParameters, type LoraSettings } from '../../model/lora.ts';
import { readTokenizerFiles, specialTokens, tokenizerJson } from '../../model/tokenizer-files.ts';
import { float32, sizeOf, type Tensor } from '../../onnx/tensor.ts';
import { BUNDLED_BASE } from '../../runtime/config.ts';
import { seeded } from '../../trainer/random.ts';

/** LoRA as the study has it, of any rank. */
export function loraOf(r: number): LoraSettings {
  return { r, lora_alpha: 2 * r, lora_dropout: 0.1, target_modules: ['query', 'value'], use_rslora: false };
}

/** Weights of the deviation that BERT starts with; their values change nothing about the time that anything takes. */
export function randomWeights(config: BertConfig): Map<string, Tensor> {
  return randomTensors([...encoderParameters(config), ...classifierParameters(config)], 1);
}

/** An adapter that changes what the base says, in PEFT's names. */
export function randomAdapter(config: BertConfig, r: number, seed: number) {
  const settings = loraOf(r);
  const specs = [...loraParameters(config, settings), ...classifierParameters(config)];
  return { settings, base: 'random', tensors: randomTensors(specs, seed) };
}

/**
 * A base of random weights with the bundled tokenizer, and an adapter each under the names given that leaves it as it is
 * (B is zero, as PEFT starts) with the base's own head: so peers that know no LoRA compute the same.
 */
export async function writeRandomBase(folder: string, config: BertConfig, adapters: readonly string[]): Promise<void> {
  const tokenizer = await readTokenizerFiles(BUNDLED_BASE);
  const tensors = randomWeights(config);
  await saveCheckpoint(folder, { config, tensors, tokenizer });
  // transformers.js reads no vocab.txt, and knows no padding but by name.
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson(tokenizer, folder)));
  const settings = { tokenizer_class: 'BertTokenizer', do_lower_case: false, model_max_length: 512 };
  const names = specialTokens(tokenizer, folder, () => false);
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ ...settings, ...names }));
  for (const name of adapters) {
    const adapter = randomAdapter(config, 8, 2);
    for (const [tensor, { data }] of adapter.tensors) if (tensor.includes('.lora_B.')) data.fill(0 as never);
    for (const { name: head } of classifierParameters(config)) adapter.tensors.set(head, tensors.get(head)!);
    await mkdir(join(folder, name), { recursive: true });
    await writeAdapter(join(folder, name), adapter);
  }
}

function randomTensors(specs: readonly ParameterSpec[], seed: number): Map<string, Tensor> {
  const random = seeded(seed);
  return new Map(
    specs.map(({ name, shape }) => {
      const values = new Float32Array(sizeOf(shape)).fill(name.endsWith('LayerNorm.weight') ? 1 : 0);
      if (shape.length === 2) for (let i = 0; i < values.length; i += 1) values[i] = 0.07 * (random() - 0.5);
      return [name, float32(shape, values)];
    }),
  );
}
