import { Graph, type BuiltModel, type Value } from '../onnx/graph.ts';
import { operators, type Operators } from '../onnx/ops.ts';
import { encoder, packedInputs, pooler, type BertParts } from './bert.ts';
import type { BertConfig } from './bert-config.ts';
import { int8Products, placeFreeAverage } from './int8.ts';
import { bankedLora, type BankLayout } from './lora-banks.ts';
import { scalesOf, type ServingBase } from './serving-weights.ts';

/**
 * The serving graph: one frozen base, any number of LoRA adapters in banks, a classification head for each.
 * Inputs, int32: `input_ids`, `position_ids`, `segments` [rows, columns]; `first_tokens` [posts], flat indices of the [CLS]s;
 * `post_adapter` [posts]; and the tokens sorted by adapter (classifier/lora-blocks.ts): `block_adapter` [blocks],
 * `block_tokens` [blocks, width], flat indices, `token_places` [tokens], where in the blocks each is. Banks, float32:
 * `lora_A.<module>` [adapters, in, rank], `lora_B.<module>` [adapters, rank, out] with the scaling folded in,
 * `classifier.weight` [adapters, hidden, 2], `classifier.bias` [adapters, 2].
 * Output: `logits` [posts, 2], float32.
 */
export function buildInferenceGraph(
  { config, precision, weights, folder }: ServingBase,
  layout: BankLayout,
): BuiltModel {
  const graph = new Graph('inference');
  const op = operators(graph, precision === 'fp16' ? 'float16' : 'float32');
  const inputs = packedInputs(graph);
  const firstTokens = graph.input('first_tokens', 'int32', ['posts']);
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
  const parts: BertParts = { weight, adapt: bankedLora(graph, op, config, layout, postAdapter) };
  if (precision === 'int8') {
    const product = int8Products(op);
    parts.linear = (module, x) => {
      const name = `${module}.weight`;
      return product(x, weight(name), weight(scalesOf(name)), weight(`${module}.bias`));
    };
    parts.average = placeFreeAverage(op);
  }
  const hidden = encoder(graph, op, config, inputs, parts, firstTokens);
  const pooled = op.asFloat32(pooler(op, hidden, parts));
  graph.output('logits', classify(graph, op, config, pooled, postAdapter));
  return { ...graph.build(), ...(folder !== undefined && { folder }) };
}

/** Each post through its own adapter's head. */
function classify(graph: Graph, op: Operators, config: BertConfig, pooled: Value, postAdapter: Value): Value {
  const weight = graph.input('classifier.weight', 'float32', ['adapters', config.hidden_size, 2]);
  const bias = graph.input('classifier.bias', 'float32', ['adapters', 2]);
  const product = op.MatMul(op.Unsqueeze(pooled, 1), op.Gather(weight, postAdapter));
  return op.Add(op.Reshape(product, ['posts', 2]), op.Gather(bias, postAdapter));
}
