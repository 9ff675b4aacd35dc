import { broadcast, contract, normaliseAxis } from './shapes.ts';
import type { Graph, Value } from './graph.ts';
import type { Dim } from './model-proto.ts';
import { DATA_TYPES, float16, float32, int32, int64, uint8, type DataType, type Tensor } from './tensor.ts';

export type Operators = ReturnType<typeof operators>;

/**
 * ONNX's operators under their own names (onnx.ai/onnx/operators): each call adds one node and gives its output, with
 * its shape known. Only what this project's graphs use; attributes in the specification's spelling. `float`: what
 * scalars are made of.
 */
export function operators(graph: Graph, float: 'float32' | 'float16' = 'float32') {
  const unary = (op: string) => (x: Value) => graph.node(op, [x], [x])[0]!;
  const binary = (op: string, type?: DataType) => (a: Value, b: Value) =>
    graph.node(op, [a, b], [{ type: type ?? a.type, shape: broadcast(a.shape, b.shape) }])[0]!;
  const reduce =
    (op: string) =>
    (x: Value, axes: readonly number[], keepdims = true): Value => {
      const reduced = new Set(axes.map((axis) => normaliseAxis(axis, x.shape.length)));
      const shape = x.shape
        .map((dim, axis) => (reduced.has(axis) ? 1 : dim))
        .filter((_, axis) => keepdims || !reduced.has(axis));
      const list = constant(int64([axes.length], [...axes]));
      return graph.node(op, [x, list], [{ type: x.type, shape }], { keepdims: Number(keepdims) })[0]!;
    };
  const constant = (tensor: Tensor): Value => graph.constant(tensor);
  const cast = (x: Value, type: DataType): Value =>
    graph.node('Cast', [x], [{ type, shape: x.shape }], { to: DATA_TYPES[type] })[0]!;
  const shapeAtRunTime = (x: Value): Value =>
    x.shape.every((dim) => typeof dim === 'number')
      ? constant(int64([x.shape.length], x.shape))
      : graph.node('Shape', [x], [{ type: 'int64', shape: [x.shape.length] }])[0]!;

  return {
    constant,
    constantOf: (value: Value): Tensor => graph.constantOf(value),
    scalar: (value: number): Value => constant(float === 'float16' ? float16([], [value]) : float32([], [value])),

    Add: binary('Add'),
    Sub: binary('Sub'),
    Mul: binary('Mul'),
    Div: binary('Div'),
    Equal: binary('Equal', 'bool'),
    Greater: binary('Greater', 'bool'),
    Neg: unary('Neg'),
    Exp: unary('Exp'),
    Erf: unary('Erf'),
    Tanh: unary('Tanh'),
    Relu: unary('Relu'),
    Gelu: unary('Gelu'),
    Sigmoid: unary('Sigmoid'),
    Identity: unary('Identity'),

    Cast: cast,
    /** In the type that scalars are of. */
    asFloat: (x: Value): Value => (x.type === float ? x : cast(x, float)),
    asFloat32: (x: Value): Value => (x.type === 'float32' ? x : cast(x, 'float32')),

    Where: (condition: Value, a: Value, b: Value): Value =>
      graph.node(
        'Where',
        [condition, a, b],
        [{ type: a.type, shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) }],
      )[0]!,

    /** Batched matrix product over the last two axes. */
    MatMul: (a: Value, b: Value): Value =>
      graph.node('MatMul', [a, b], [{ type: a.type, shape: contract(a.shape, b.shape) }])[0]!,

    /** alpha * op(a) op(b) + bias, for matrices; op transposes where asked. */
    Gemm: (
      a: Value,
      b: Value,
      bias: Value | null = null,
      { transA = 0, transB = 0, alpha = 1 }: { transA?: 0 | 1; transB?: 0 | 1; alpha?: number } = {},
    ): Value => {
      const shape = [a.shape[transA ? 1 : 0]!, b.shape[transB ? 0 : 1]!];
      const attributes = { transA, transB, alpha: { float: alpha } };
      return graph.node('Gemm', bias ? [a, b, bias] : [a, b], [{ type: a.type, shape }], attributes)[0]!;
    },

    Softmax: (x: Value, axis = -1): Value => graph.node('Softmax', [x], [x], { axis })[0]!,

    /** Over the last axis; the mean and the inverse standard deviation come along for the backward pass. */
    LayerNormalization: (x: Value, scale: Value, bias: Value, epsilon: number): Value => {
      const statistics = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
      const attributes = { axis: -1, epsilon: { float: epsilon } };
      return graph.node('LayerNormalization', [x, scale, bias], [x, statistics, statistics], attributes)[0]!;
    },

    /** Rows of `data` along axis 0. */
    Gather: (data: Value, indices: Value): Value =>
      graph.node('Gather', [data, indices], [{ type: data.type, shape: [...indices.shape, ...data.shape.slice(1)] }], {
        axis: 0,
      })[0]!,

    /** Adds `updates` to a copy of `data` at `indices` [..., 1] along axis 0. */
    ScatterND: (data: Value, indices: Value, updates: Value): Value =>
      graph.node('ScatterND', [data, indices, updates], [data], { reduction: 'add' })[0]!,

    /** Adds `updates` to a copy of `data` at `indices` along `axis`. */
    ScatterElements: (data: Value, indices: Value, updates: Value, axis: number): Value =>
      graph.node('ScatterElements', [data, indices, updates], [data], { axis, reduction: 'add' })[0]!,

    /** At most one unknown size is inferred; with more, they are read from the graph's inputs. */
    Reshape: (x: Value, shape: readonly Dim[]): Value => {
      const unknown = shape.filter((dim) => typeof dim === 'string').length;
      const target =
        unknown <= 1
          ? constant(
              int64(
                [shape.length],
                shape.map((dim) => (typeof dim === 'string' ? -1 : dim)),
              ),
            )
          : graph.shapeOf(shape);
      return graph.node('Reshape', [x, target], [{ type: x.type, shape }])[0]!;
    },

    Transpose: (x: Value, perm: readonly number[]): Value =>
      graph.node('Transpose', [x], [{ type: x.type, shape: perm.map((axis) => x.shape[axis]!) }], { perm })[0]!,

    Unsqueeze: (x: Value, axis: number): Value => {
      const shape = x.shape.toSpliced(normaliseAxis(axis, x.shape.length + 1), 0, 1);
      return graph.node('Unsqueeze', [x, constant(int64([1], [axis]))], [{ type: x.type, shape }])[0]!;
    },

    ReduceSum: reduce('ReduceSum'),
    ReduceMean: reduce('ReduceMean'),
    ReduceMax: reduce('ReduceMax'),
    ReduceMin: reduce('ReduceMin'),
    Max: binary('Max'),

    /** Of each row of x: round(x / scale) + zeroPoint, saturated. `scale` [rows]; gives uint8. */
    QuantizeLinear: (x: Value, scale: Value, zeroPoint: number): Value => {
      const zeroPoints = graph.node(
        'Expand',
        [constant(uint8([1], [zeroPoint])), shapeAtRunTime(scale)],
        [{ type: 'uint8', shape: scale.shape }],
      )[0]!;
      return graph.node('QuantizeLinear', [x, scale, zeroPoints], [{ type: 'uint8', shape: x.shape }], { axis: 0 })[0]!;
    },

    /** (a - zeroPoint) b, summed in int32, times bScale. a: uint8 [rows, in]; b: int8 [in, out]; bScale: [out]. */
    MatMulIntegerToFloat: (a: Value, b: Value, bScale: Value, zeroPoint: number): Value =>
      graph.node(
        'MatMulIntegerToFloat',
        [a, b, constant(float32([], [1])), bScale, constant(uint8([], [zeroPoint]))],
        [{ type: 'float32', shape: contract(a.shape, b.shape) }],
        {},
        'com.microsoft',
      )[0]!,

    /** Zeros of x's shape, whatever it is at run time. */
    zerosLike: (x: Value): Value =>
      graph.node('ConstantOfShape', [shapeAtRunTime(x)], [{ type: 'float32', shape: x.shape }])[0]!,

    ones: (shape: readonly Dim[]): Value =>
      graph.node('Expand', [constant(float32([1], [1])), graph.shapeOf(shape)], [{ type: 'float32', shape }])[0]!,

    /** Repeats x along its axes of size 1 to the shape of `like`. */
    Expand: (x: Value, like: Value): Value =>
      graph.node('Expand', [x, shapeAtRunTime(like)], [{ type: x.type, shape: like.shape }])[0]!,

    /** Of each row: -log softmax(logits)[label]. Logits [rows, classes], labels int32 [rows]; gives [rows]. */
    SoftmaxCrossEntropyLoss: (logits: Value, labels: Value): Value =>
      graph.node('SoftmaxCrossEntropyLoss', [logits, labels], [{ type: logits.type, shape: labels.shape }, logits], {
        reduction: 'none',
      })[0]!,

    int32: (shape: readonly number[], data: number[]): Value => constant(int32(shape, data)),
  };
}
