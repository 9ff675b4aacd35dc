import type { Value } from '../onnx/graph.ts';
import type { Operators } from '../onnx/ops.ts';
import type { BertConfig, ParameterSpec } from './bert-config.ts';

/**
 * Bottleneck adapters: a narrow layer with a residual connection of its own behind a frozen one. `houlsby` (Houlsby et al.
 * 2019) has one behind the attention's output and one behind the feed-forward's, `pfeiffer` (Pfeiffer et al. 2020) the latter.
 */
export interface BottleneckSettings {
  placement: 'houlsby' | 'pfeiffer';
  /** Width of the narrow layer. */
  size: number;
}

function adaptedModules(config: BertConfig, { placement }: BottleneckSettings): string[] {
  return Array.from({ length: config.num_hidden_layers }, (_, i) => `bert.encoder.layer.${i}`).flatMap((layer) =>
    placement === 'houlsby' ? [`${layer}.attention.output.dense`, `${layer}.output.dense`] : [`${layer}.output.dense`],
  );
}

/** `<module>.adapter.down.*` [size, hidden] and `<module>.adapter.up.*` [hidden, size], weights and biases. */
export function bottleneckParameters(config: BertConfig, settings: BottleneckSettings): ParameterSpec[] {
  const { hidden_size: hidden } = config;
  const { size } = settings;
  return adaptedModules(config, settings).flatMap((module) => [
    { name: `${module}.adapter.down.weight`, shape: [size, hidden] },
    { name: `${module}.adapter.down.bias`, shape: [size] },
    { name: `${module}.adapter.up.weight`, shape: [hidden, size] },
    { name: `${module}.adapter.up.bias`, shape: [hidden] },
  ]);
}

/** y + up(gelu(down(y))) for the outputs of the layers that have an adapter, in front of their dropout. */
export function bottleneckAdapt(
  op: Operators,
  config: BertConfig,
  settings: BottleneckSettings,
  weight: (name: string) => Value,
) {
  const modules = new Set(adaptedModules(config, settings));
  return (module: string, _: Value, y: Value): Value => {
    if (!modules.has(module)) return y;
    const linear = (part: string, x: Value): Value =>
      op.Gemm(x, weight(`${module}.adapter.${part}.weight`), weight(`${module}.adapter.${part}.bias`), { transB: 1 });
    return op.Add(y, linear('up', op.Gelu(linear('down', y))));
  };
}
