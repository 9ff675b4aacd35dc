import { float16, type StoredTensor, type Tensor } from '../onnx/tensor.ts';
import { encoderParameters, type BertConfig } from './bert-config.ts';
import { quantizeWeight } from './int8.ts';
import { adaptedModules } from './lora.ts';
import { unfitModel } from './model-file.ts';

/**
 * What the frozen base computes in: `fp32` everywhere; `int8` products on a processor (LoRA, heads and all between the
 * products stay fp32); `fp16` on a GPU.
 */
export const PRECISIONS = ['fp32', 'int8', 'fp16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A base ready for `buildInferenceGraph`. */
export interface ServingBase {
  config: BertConfig;
  precision: Precision;
  /** By checkpoint name, in the form that the precision's graph takes. */
  weights: ReadonlyMap<string, Tensor | StoredTensor>;
  /** Where the files of stored weights are; absent where all are in memory. */
  folder?: string;
}

/** Counts changes of what is stored for a precision, so that what an older version stored is not used. */
export const SERVING_FORMAT = 1;

/** Every linear layer, by what its name ends with. */
const LINEAR = ['query', 'key', 'value', 'dense'];

/** The name of the scales of a weight in int8. */
export function scalesOf(weight: string): string {
  return `${weight}.scales`;
}

/**
 * A checkpoint's encoder as the serving graph of a precision takes it. `fp32`: the weights as they are; `fp16`: rounded;
 * `int8`: linear layers' as int8 [in, out] with their scales [out] beside them, the rest as it is.
 */
export function servingBase(
  { config, tensors }: { config: BertConfig; tensors: ReadonlyMap<string, Tensor> },
  precision: Precision,
): ServingBase & { weights: ReadonlyMap<string, Tensor> } {
  const linear = new Set(adaptedModules(config, LINEAR).map(({ module }) => `${module}.weight`));
  const weights = new Map<string, Tensor>();
  for (const { name } of encoderParameters(config)) {
    const tensor = tensors.get(name);
    if (!tensor) throw new RangeError(`the checkpoint has no ${name}`);
    if (precision === 'int8' && linear.has(name)) {
      const { values, scales } = quantizeWeight(tensor);
      weights.set(name, values).set(scalesOf(name), scales);
    } else weights.set(name, precision === 'fp16' ? halved(name, tensor) : tensor);
  }
  return { config, precision, weights };
}

function halved(name: string, { shape, data }: Tensor): Tensor {
  const half = float16(shape, data as Float32Array);
  if (!half.data.some((bits) => (Number(bits) & 0x7fff) === 0x7c00)) return half;
  throw unfitModel(`${name} has values beyond what fp16 holds`, 'Serve this model with EVENKEEL_PRECISION=fp32.');
}
