import type { Value } from '../onnx/graph.ts';
import type { Operators } from '../onnx/ops.ts';
import { encoderParameters, type BertConfig, type ParameterSpec } from './bert-config.ts';

/** Hu et al. 2021, in PEFT's words. */
export interface LoraSettings {
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  /** Last parts of module names, as PEFT matches them: `query`, `value`, `intermediate.dense`. */
  target_modules: string[];
  /** Scale by lora_alpha / sqrt(r) instead of lora_alpha / r (Kalajdzievski 2023). */
  use_rslora: boolean;
}

export function loraScaling({ r, lora_alpha, use_rslora }: LoraSettings): number {
  return lora_alpha / (use_rslora ? Math.sqrt(r) : r);
}

/** Whether a module is one of the targets, or ends with one's whole name, as PEFT matches a list. */
function isAdapted(module: string, targets: readonly string[]): boolean {
  return targets.some((target) => module === target || module.endsWith(`.${target}`));
}

/** The linear layers of the encoder that the settings adapt, with their sizes. */
export function adaptedModules(
  config: BertConfig,
  targets: readonly string[],
): { module: string; inFeatures: number; outFeatures: number }[] {
  return encoderParameters(config).flatMap(({ name, shape }) => {
    const module = name.replace(/\.weight$/, '');
    const isLinear = name.endsWith('.weight') && shape.length === 2 && !name.includes('embeddings');
    return isLinear && isAdapted(module, targets) ? [{ module, inFeatures: shape[1]!, outFeatures: shape[0]! }] : [];
  });
}

/** `<module>.lora_A.weight` [r, in] and `<module>.lora_B.weight` [out, r] of every adapted module. */
export function loraParameters(config: BertConfig, settings: LoraSettings): ParameterSpec[] {
  return adaptedModules(config, settings.target_modules).flatMap(({ module, inFeatures, outFeatures }) => [
    { name: `${module}.lora_A.weight`, shape: [settings.r, inFeatures] },
    { name: `${module}.lora_B.weight`, shape: [outFeatures, settings.r] },
  ]);
}

/** y + scaling * B A dropout(x), for the modules that the settings adapt. */
export function loraAdapt(
  op: Operators,
  settings: LoraSettings,
  weight: (name: string) => Value,
  dropout: (place: string, x: Value, probability: number) => Value,
) {
  return (module: string, x: Value, y: Value): Value => {
    if (!isAdapted(module, settings.target_modules)) return y;
    const kept = dropout(`${module}.lora`, x, settings.lora_dropout);
    const down = op.Gemm(kept, weight(`${module}.lora_A.weight`), null, { transB: 1 });
    const up = op.Gemm(down, weight(`${module}.lora_B.weight`), null, { transB: 1, alpha: loraScaling(settings) });
    return op.Add(y, up);
  };
}
