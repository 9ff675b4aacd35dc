import { encoder, pooler, type BertParts } from '../../model/bert.ts';
import type { BertConfig } from '../../model/bert-config.ts';
import { quantizeWeight } from '../../model/int8.ts';
import { Graph, type BuiltModel, type Value } from '../../onnx/graph.ts';
import { decodeModel, encodeModel } from '../../onnx/model-proto.ts';
import { operators, type Operators } from '../../onnx/ops.ts';
import { int32, int64, type Tensor } from '../../onnx/tensor.ts';

/**
 * BertForSequenceClassification as exporters make it, for peers: int64 `input_ids` and `attention_mask` [rows, columns], a
 * post a row; float32 `logits` [rows, 2]. `q8` is onnxruntime's dynamic quantization as transformers.js
 * has it: 7-bit weights by channel, one activation scale for all of a layer's input.
 */
export function buildPlainModel(
  config: BertConfig,
  tensors: ReadonlyMap<string, Tensor>,
  precision: 'fp32' | 'q8',
): BuiltModel {
  const graph = new Graph('plain');
  const op = operators(graph);
  const shape = ['rows', 'columns'];
  const [ids, mask] = ['input_ids', 'attention_mask'].map((name) => graph.input(name, 'int64', shape));
  const known = new Map<string, Value>();
  const weight = (name: string): Value => {
    let value = known.get(name);
    if (!value) known.set(name, (value = graph.parameter(name, tensors.get(name)!)));
    return value;
  };
  const parts: BertParts = { weight };
  if (precision === 'q8') parts.linear = dynamicProducts(graph, op, tensors, weight);
  const positions = int32([1, config.max_position_embeddings], [...Array(config.max_position_embeddings).keys()]);
  const [positionIds] = graph.node(
    'Slice',
    [op.constant(positions), ...[[0], graph.shapeOf(['columns']), [1]].map((each) => oneOf(op, each))],
    [{ type: 'int32', shape: [1, 'columns'] }],
  );
  // What is masked has a segment of its own: tokens see each other, padding sees padding.
  const inputs = { inputIds: op.Cast(ids!, 'int32'), positionIds: positionIds!, segments: op.Cast(mask!, 'int32') };
  const hidden = encoder(graph, op, config, inputs, parts, null);
  const rows = op.Reshape(hidden, ['rows', 'columns', config.hidden_size]);
  const [first] = graph.node(
    'Gather',
    [rows, op.int32([], [0])],
    [{ type: 'float32', shape: ['rows', config.hidden_size] }],
    { axis: 1 },
  );
  const pooled = pooler(op, first!, { weight });
  graph.output('logits', op.Gemm(pooled, weight('classifier.weight'), weight('classifier.bias'), { transB: 1 }));
  return graph.build();
}

/** Sequences one below the other, padded to `columns`. */
export function paddedInputs(
  sequences: readonly Int32Array[],
  columns = Math.max(...sequences.map(({ length }) => length)),
): Record<string, Tensor> {
  const ids = new BigInt64Array(sequences.length * columns);
  const mask = new BigInt64Array(ids.length);
  sequences.forEach((sequence, row) => {
    ids.set([...sequence].map(BigInt), row * columns);
    mask.fill(1n, row * columns, row * columns + sequence.length);
  });
  const input = (data: BigInt64Array): Tensor => ({ type: 'int64', shape: [sequences.length, columns], data });
  return { input_ids: input(ids), attention_mask: input(mask) };
}

/** The whole model in one protobuf, as files of transformers.js are. */
export function inOnePiece({ bytes, externalData }: BuiltModel): Uint8Array {
  const model = decodeModel(bytes);
  const data = new Map(externalData.map((each) => [each.path, each.data]));
  for (const tensor of model.graph.initializers) tensor.data = data.get(tensor.name) ?? tensor.data;
  return encodeModel(model);
}

function oneOf(op: Operators, value: number[] | Value): Value {
  return Array.isArray(value) ? op.constant(int64([value.length], value)) : value;
}

/** What onnxruntime.quantization.quantize_dynamic makes of a product; onnxruntime fuses it into DynamicQuantizeMatMul. */
function dynamicProducts(
  graph: Graph,
  op: Operators,
  tensors: ReadonlyMap<string, Tensor>,
  weight: (name: string) => Value,
): (module: string, x: Value) => Value {
  const quantized = new Map<Value, readonly Value[]>();
  return (module, x) => {
    const { values, scales } = quantizeWeight(tensors.get(`${module}.weight`)!);
    let parts = quantized.get(x);
    if (!parts) {
      parts = graph.node(
        'DynamicQuantizeLinear',
        [x],
        [
          { type: 'uint8', shape: x.shape },
          { type: 'float32', shape: [] },
          { type: 'uint8', shape: [] },
        ],
      );
      quantized.set(x, parts);
    }
    const [rows, scale, zeroPoint] = parts as [Value, Value, Value];
    const [sums] = graph.node(
      'MatMulInteger',
      [rows, graph.parameter(`${module}.values`, values), zeroPoint],
      [{ type: 'int32', shape: [x.shape[0]!, values.shape[1]!] }],
    );
    const step = op.Mul(scale, graph.parameter(`${module}.scales`, scales));
    return op.Add(op.Mul(op.Cast(sums!, 'float32'), step), weight(`${module}.bias`));
  };
}
