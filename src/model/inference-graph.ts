import { Graph, type BuiltModel, type Value } from '../onnx/graph.ts';
import type { Dim } from '../onnx/model-proto.ts';
import { operators, type Operators } from '../onnx/ops.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { encoder, packedInputs, pooler } from './bert.ts';
import type { BertConfig } from './bert-config.ts';
import { adaptedModules } from './lora.ts';

/** What the banks of a serving graph look like. Adapters of lower rank fill their slot with zeros. */
export interface BankLayout {
  /** A name leaves it open, so that banks of a larger rank need no new session. */
  rank: Dim;
  /** Linear layers that any adapter may change, as the last parts of their names. */
  targets: readonly string[];
}

/**
 * The serving graph: one frozen base, any number of LoRA adapters in banks, a classification head for each.
 * Inputs, int32: `input_ids`, `position_ids`, `segments` [rows, columns]; `first_tokens` [posts], flat indices of the [CLS]s;
 * `row_adapter` [rows]; `post_adapter` [posts]. Banks, float32: `lora_A.<module>` [adapters, in, rank], `lora_B.<module>`
 * [adapters, rank, out] with the scaling folded in, `classifier.weight` [adapters, hidden, 2], `classifier.bias` [adapters, 2].
 * Output: `logits` [posts, 2].
 */
export function buildInferenceGraph(
  config: BertConfig,
  weights: ReadonlyMap<string, Tensor>,
  layout: BankLayout,
): BuiltModel {
  const graph = new Graph('inference');
  const op = operators(graph);
  const inputs = packedInputs(graph);
  const firstTokens = graph.input('first_tokens', 'int32', ['posts']);
  const rowAdapter = graph.input('row_adapter', 'int32', ['rows']);
  const postAdapter = graph.input('post_adapter', 'int32', ['posts']);
  const known = new Map<string, Value>();
  const weight = (name: string): Value => {
    let value = known.get(name);
    if (!value) {
      const tensor = weights.get(name);
      if (!tensor) throw new RangeError(`the checkpoint has no ${name}`);
      value = graph.parameter(name, tensor);
      known.set(name, value);
    }
    return value;
  };
  const banks = new Map(
    adaptedModules(config, layout.targets).map(({ module, inFeatures, outFeatures }) => [
      module,
      {
        down: graph.input(`lora_A.${module}`, 'float32', ['adapters', inFeatures, layout.rank]),
        up: graph.input(`lora_B.${module}`, 'float32', ['adapters', layout.rank, outFeatures]),
      },
    ]),
  );
  const adapt = (module: string, x: Value, y: Value): Value => {
    const bank = banks.get(module);
    if (!bank) return y;
    const ofPosts = x.shape[0] === 'posts';
    const adapter = ofPosts ? postAdapter : rowAdapter;
    const grouped = ofPosts ? op.Unsqueeze(x, 1) : op.Reshape(x, ['rows', 'columns', x.shape[1]!]);
    const down = op.MatMul(grouped, op.Gather(bank.down, adapter));
    const up = op.MatMul(down, op.Gather(bank.up, adapter));
    return op.Add(y, op.Reshape(up, y.shape));
  };
  const hidden = encoder(graph, op, config, inputs, { weight, adapt }, firstTokens);
  const pooled = pooler(op, hidden, { weight, adapt });
  graph.output('logits', classify(graph, op, config, pooled, postAdapter));
  return graph.build();
}

/** Each post through its own adapter's head. */
function classify(graph: Graph, op: Operators, config: BertConfig, pooled: Value, postAdapter: Value): Value {
  const weight = graph.input('classifier.weight', 'float32', ['adapters', config.hidden_size, 2]);
  const bias = graph.input('classifier.bias', 'float32', ['adapters', 2]);
  const product = op.MatMul(op.Unsqueeze(pooled, 1), op.Gather(weight, postAdapter));
  return op.Add(op.Reshape(product, ['posts', 2]), op.Gather(bias, postAdapter));
}
