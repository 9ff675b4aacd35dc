import type { ParameterSpec } from '../model/bert-config.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { normal, type Random } from './random.ts';

/** BERT's own start: normal weights of the given deviation, zero biases, LayerNorm as the identity. Adapters add nothing at first. */
export function initialWeights(
  specs: readonly ParameterSpec[],
  deviation: number,
  random: Random,
): Map<string, Float32Array> {
  return new Map(
    specs.map(({ name, shape }) => {
      const values = new Float32Array(sizeOf(shape));
      if (name.endsWith('LayerNorm.weight')) values.fill(1);
      // LoRA starts as nothing: B is zero, A as PEFT's (Kaiming uniform with a = sqrt(5): bound 1 / sqrt(in)).
      else if (name.endsWith('.lora_A.weight')) {
        const bound = 1 / Math.sqrt(shape[1]!);
        for (let i = 0; i < values.length; i += 1) values[i] = (2 * random() - 1) * bound;
      } else if (name.endsWith('.weight') && !/\.(lora_B|adapter\.up)\.weight$/.test(name)) {
        for (let i = 0; i < values.length; i += 1) values[i] = normal(random) * deviation;
      }
      return [name, values];
    }),
  );
}
