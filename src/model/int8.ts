import type { Value } from '../onnx/graph.ts';
import type { Operators } from '../onnx/ops.ts';
import { sizeOf, type Tensor } from '../onnx/tensor.ts';

/** A linear layer's weight in int8: value = values * scale, a scale for each output. */
export interface Int8Weight {
  /** int8 [in, out], as the product wants it. */
  values: Tensor;
  /** float32 [out]. */
  scales: Tensor;
}

/**
 * The largest weight. Seven bits, because processors without VNNI add two products in 16 bits and saturate:
 * 2 * 255 * 64 just fits. So every processor computes the same integers.
 */
const LARGEST_WEIGHT = 64;

/** The largest activation; its uint8 is `ZERO` for 0. */
const LARGEST_ACTIVATION = 127;
const ZERO = 128;

/** Columns of ones that sum a row: a single one would be summed in lanes too. */
const LANES = 16;

/** What a row of zeros is divided by. */
const LEAST_SCALE = 1e-12;

/** Symmetric, per output channel. `weight`: float32 [out, in]. */
export function quantizeWeight({ shape, data }: Tensor): Int8Weight {
  const [outputs, inputs] = shape as [number, number];
  const weights = data as Float32Array;
  const values = new Int8Array(new SharedArrayBuffer(sizeOf(shape)));
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output += 1) {
    const start = output * inputs;
    let largest = 0;
    for (let i = start; i < start + inputs; i += 1) largest = Math.max(largest, Math.abs(weights[i]!));
    const scale = largest / LARGEST_WEIGHT;
    scales[output] = scale;
    if (scale === 0) continue;
    const perScale = 1 / scale;
    for (let input = 0; input < inputs; input += 1) {
      values[input * outputs + output] = Math.round(weights[start + input]! * perScale);
    }
  }
  return {
    values: { type: 'int8', shape: [inputs, outputs], data: values },
    scales: { type: 'float32', shape: [outputs], data: scales },
  };
}

/**
 * Products with int8 weights. Every token has an activation scale of its own (onnxruntime's DynamicQuantizeMatMul has one
 * for the whole batch), so no score depends on its batch-mates: integers are summed exactly, in any order.
 */
export function int8Products(op: Operators) {
  const quantized = new Map<Value, { rows: Value; scale: Value }>();

  /** x's rows in uint8, once for all layers that read them. */
  const quantize = (x: Value): { rows: Value; scale: Value } => {
    const known = quantized.get(x);
    if (known) return known;
    const [high, low] = [op.ReduceMax(x, [1]), op.ReduceMin(x, [1])];
    const largest = op.Max(op.Max(high, op.Neg(low)), op.scalar(LEAST_SCALE));
    const scale = op.Mul(largest, op.scalar(1 / LARGEST_ACTIVATION));
    const rows = op.QuantizeLinear(x, op.Reshape(scale, [x.shape[0]!]), ZERO);
    const result = { rows, scale };
    quantized.set(x, result);
    return result;
  };

  /** x W' + b. x: [rows, in]; values: int8 [in, out]; scales, bias: [out]. */
  return (x: Value, values: Value, scales: Value, bias: Value): Value => {
    const { rows, scale } = quantize(x);
    return op.Add(op.Mul(op.MatMulIntegerToFloat(rows, values, scales, ZERO), scale), bias);
  };
}

/**
 * softmax(scores) values, the same to the last bit wherever in its row a post stands: a sum over the row in vector lanes
 * (as onnxruntime's Softmax has it) depends on the place by a rounding, and one rounding more or less can move a token's
 * int8 values by a step. A matrix product sums in order, and what other posts' tokens add is exactly 0.
 */
export function placeFreeAverage(op: Operators) {
  return (scores: Value, values: Value): Value => {
    const parts = op.Exp(op.Sub(scores, op.ReduceMax(scores, [-1])));
    const sums = op.MatMul(parts, op.ones(['columns', LANES]));
    return op.Div(op.MatMul(parts, values), op.ReduceMax(sums, [-1]));
  };
}
