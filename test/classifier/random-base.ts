import type { Adapter } from '../../src/model/adapter-files.ts';
import {
  classifierParameters,
  encoderParameters,
  type BertConfig,
  type ParameterSpec,
} from '../../src/model/bert-config.ts';
import { UNCALIBRATED } from '../../src/model/calibration-file.ts';
import { loraParameters } from '../../src/model/lora.ts';
import { float32, sizeOf, type Tensor } from '../../src/onnx/tensor.ts';

/** BERT with heads of mBERT's size and rows of mBERT's length, two layers of it. */
export const SMALL: BertConfig = {
  vocab_size: 500,
  hidden_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 256,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  layer_norm_eps: 1e-12,
  initializer_range: 0.02,
  pad_token_id: 0,
};

/** Numbers in [-0.5, 0.5), the same for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

export function randomWeights(config: BertConfig, seed: number): Map<string, Tensor> {
  return filled(encoderParameters(config), numbers(seed), 0.2);
}

export function randomAdapter(config: BertConfig, seed: number, r: number): Adapter {
  const settings = { r, lora_alpha: 2 * r, lora_dropout: 0, target_modules: ['query', 'value'], use_rslora: false };
  const specs = [...loraParameters(config, settings), ...classifierParameters(config)];
  return {
    settings,
    base: 'random',
    tensors: filled(specs, numbers(seed), 0.3),
    calibration: UNCALIBRATED,
    version: `seed ${seed}, r ${r}`,
  };
}

function filled(specs: readonly ParameterSpec[], next: () => number, scale: number): Map<string, Tensor> {
  return new Map(
    specs.map(({ name, shape }) => {
      const isGain = name.endsWith('LayerNorm.weight');
      const data = Float32Array.from({ length: sizeOf(shape) }, () => (isGain ? 1 : 0) + next() * scale);
      return [name, float32(shape, data)];
    }),
  );
}
