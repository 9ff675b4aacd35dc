import { describe, expect, test } from 'vitest';

import { createOrtSession } from '../../src/model/ort.ts';
import { gradients } from '../../src/onnx/gradient.ts';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { operators, type Operators } from '../../src/onnx/ops.ts';
import { float32, sizeOf, type Tensor } from '../../src/onnx/tensor.ts';

type Build = (op: Operators, inputs: Value[], graph: Graph) => Value;

/** Every rule of the table, on shapes that broadcast where the operator can. Values keep away from kinks. */
const cases: [name: string, shapes: number[][], build: Build][] = [
  ['Add of a bias', [[3, 4], [4]], (op, [a, b]) => op.Add(a!, b!)],
  [
    'Sub of a column',
    [
      [3, 4],
      [3, 1],
    ],
    (op, [a, b]) => op.Sub(a!, b!),
  ],
  [
    'Mul of two ranks',
    [
      [2, 3, 4],
      [3, 1],
    ],
    (op, [a, b]) => op.Mul(a!, b!),
  ],
  ['Div', [[3, 4], [4]], (op, [a, b]) => op.Div(a!, op.Exp(b!))],
  ['Neg', [[3]], (op, [a]) => op.Neg(a!)],
  ['Exp', [[3, 2]], (op, [a]) => op.Exp(a!)],
  ['Tanh', [[3, 2]], (op, [a]) => op.Tanh(a!)],
  ['Sigmoid', [[3, 2]], (op, [a]) => op.Sigmoid(a!)],
  ['Relu', [[4, 5]], (op, [a]) => op.Relu(a!)],
  ['Gelu', [[4, 5]], (op, [a]) => op.Gelu(a!)],
  ['Softmax', [[3, 5]], (op, [a]) => op.Softmax(a!)],
  ['Identity', [[3]], (op, [a]) => op.Identity(a!)],
  [
    'MatMul with a shared right side',
    [
      [2, 3, 4],
      [4, 5],
    ],
    (op, [a, b]) => op.MatMul(a!, b!),
  ],
  [
    'MatMul of batches',
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    (op, [a, b]) => op.MatMul(a!, b!),
  ],
  ['Gemm', [[3, 4], [4, 5], [5]], (op, [a, b, c]) => op.Gemm(a!, b!, c)],
  [
    'Gemm with transB and alpha',
    [
      [3, 4],
      [5, 4],
    ],
    (op, [a, b]) => op.Gemm(a!, b!, null, { transB: 1, alpha: 0.5 }),
  ],
  [
    'Gemm with transA',
    [
      [4, 3],
      [4, 5],
    ],
    (op, [a, b]) => op.Gemm(a!, b!, null, { transA: 1 }),
  ],
  [
    'Gemm with both',
    [
      [4, 3],
      [5, 4],
    ],
    (op, [a, b]) => op.Gemm(a!, b!, null, { transA: 1, transB: 1 }),
  ],
  ['Gather with a repeated row', [[4, 3]], (op, [a]) => op.Gather(a!, op.int32([2, 2], [1, 3, 1, 0]))],
  ['Reshape', [[2, 6]], (op, [a]) => op.Reshape(a!, [3, 4])],
  ['Unsqueeze', [[2, 3]], (op, [a]) => op.Unsqueeze(a!, 1)],
  ['Transpose', [[2, 3, 4]], (op, [a]) => op.Transpose(a!, [2, 0, 1])],
  ['ReduceSum', [[2, 3, 4]], (op, [a]) => op.ReduceSum(a!, [1], false)],
  ['ReduceMean', [[2, 3, 4]], (op, [a]) => op.ReduceMean(a!, [0, -1])],
  [
    'Where',
    [[2, 3], [3]],
    (op, [a, b]) => op.Where(op.Greater(op.constant(float32([2, 3], [1, -1, 1, -1, 1, -1])), op.scalar(0)), a!, b!),
  ],
  ['LayerNormalization', [[3, 6], [6], [6]], (op, [x, scale, bias]) => op.LayerNormalization(x!, scale!, bias!, 1e-5)],
  ['SoftmaxCrossEntropyLoss', [[4, 3]], (op, [a]) => op.SoftmaxCrossEntropyLoss(a!, op.int32([4], [2, 0, 1, 2]))],
];

describe('gradients', () => {
  test.each(cases)('of %s agree with finite differences', async (_, shapes, build) => {
    const { values, weights } = sample(shapes, build);
    const graph = new Graph('test');
    const op = operators(graph);
    const inputs = shapes.map((shape, i) => graph.input(`x${i}`, 'float32', shape));
    const loss = weightedSum(op, build(op, inputs, graph), weights);
    graph.output('loss', loss);
    gradients(graph, loss, inputs).forEach((gradient, i) => graph.output(`d${i}`, gradient));
    const session = await createOrtSession(graph.build(), { threads: 1 });
    const run = (feeds: Record<string, Tensor>) => session.run(feeds);
    const feeds = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
    const outputs = await run(feeds);
    for (const [i, value] of values.entries()) {
      const analytic = outputs[`d${i}`]!.data as Float32Array;
      const scale = Math.max(...analytic.map(Math.abs), 1);
      for (let k = 0; k < value.data.length; k += 1) {
        const at = async (step: number) => {
          const data = (value.data as Float32Array).slice();
          data[k]! += step;
          const { loss: moved } = await run({ ...feeds, [`x${i}`]: float32(value.shape, data) });
          return (moved!.data as Float32Array)[0]!;
        };
        const numeric = ((await at(1e-2)) - (await at(-1e-2))) / 2e-2;
        // Central differences in float32: their own error is about 1e-3 of the largest value.
        expect(Math.abs(analytic[k]! - numeric) / scale, `x${i}[${k}]`).toBeLessThan(3e-3);
      }
    }
    await session.release();
  });

  test('are refused by name for an operator without a rule', () => {
    const graph = new Graph('test');
    const op = operators(graph);
    const x = graph.input('x', 'float32', [2]);
    const loss = op.ReduceSum(op.Erf(x), [0], false);
    expect(() => gradients(graph, loss, [x])).toThrow('no gradient rule for Erf');
  });

  test('are refused for a value that does not reach the loss', () => {
    const graph = new Graph('test');
    const op = operators(graph);
    const [x, y] = [graph.input('x', 'float32', [2]), graph.input('y', 'float32', [2])];
    expect(() => gradients(graph, op.ReduceSum(x, [0], false), [y])).toThrow('y does not reach the loss');
  });

  test('are the same at every optimisation level', async () => {
    const graph = new Graph('test');
    const op = operators(graph);
    const x = graph.input('x', 'float32', ['rows', 3]);
    const hidden = op.Gelu(op.Gemm(x, op.constant(float32([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 10]))));
    const loss = op.ReduceSum(op.Mul(hidden, op.Softmax(hidden)), [0, 1], false);
    graph.output('gradient', gradients(graph, loss, [x])[0]!);
    const feeds = { x: float32([2, 3], [0.1, -0.2, 0.3, -0.1, 0.2, 0.05]) };
    const found: Float32Array[] = [];
    for (const optimization of ['disabled', 'basic', 'extended', 'all'] as const) {
      const session = await createOrtSession(graph.build(), { optimization, threads: 1 });
      const { gradient } = await session.run(feeds);
      found.push(gradient!.data as Float32Array);
      await session.release();
    }
    const [reference, ...others] = found;
    expect(Math.max(...reference!.map(Math.abs))).toBeGreaterThan(0.1);
    for (const other of others) {
      for (const [i, value] of other.entries()) expect(value).toBeCloseTo(reference![i]!, 5);
    }
  });
});

function sample(shapes: number[][], build: Build) {
  let state = 7;
  const next = (): number => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const value = (state / 2 ** 31) * 2 - 1;
    return value + Math.sign(value) * 0.1;
  };
  const fill = (shape: readonly number[]): Tensor => float32(shape, Array.from({ length: sizeOf(shape) }, next));
  const values = shapes.map(fill);
  const graph = new Graph('shape');
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, 'float32', shape));
  const { shape } = build(operators(graph), inputs, graph);
  return { values, weights: fill(shape as number[]) };
}

/** A loss that gives every element of the result another weight, so that no gradient can hide. */
function weightedSum(op: Operators, value: Value, weights: Tensor): Value {
  const axes = value.shape.map((_, axis) => axis);
  const weighted = op.Mul(value, op.constant(weights));
  return axes.length === 0 ? weighted : op.ReduceSum(weighted, axes, false);
}
