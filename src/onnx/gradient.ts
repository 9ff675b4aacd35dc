import type { Graph, GraphNode, Value } from './graph.ts';
import { operators, type Operators } from './ops.ts';
import { normaliseAxis, sameShape } from './shapes.ts';
import { float32, sizeOf } from './tensor.ts';

/** Gradients of one node's inputs, given its first output's; null where an input has none. */
type Rule = (op: Operators, node: GraphNode, dy: Value) => (Value | null)[];

/**
 * Reverse-mode differentiation: the gradients of the scalar `loss` with respect to each of `targets`, as further nodes of
 * the same graph, in plain ONNX operators. Throws by name for an operator without a rule.
 */
export function gradients(graph: Graph, loss: Value, targets: readonly Value[]): Value[] {
  const op = operators(graph);
  const onPath = pathTo(graph, targets);
  const found = new Map<Value, Value>([[loss, op.constant(float32(loss.shape as number[], [1]))]]);
  graph.scope('gradient', () => {
    for (const node of graph.nodes.toReversed()) {
      const dy = node.outputs[0] && found.get(node.outputs[0]);
      if (!dy || !node.inputs.some((input) => input && onPath.has(input))) continue;
      const rule = rules[node.op];
      if (!rule) throw new RangeError(`no gradient rule for ${node.op} (node ${node.name})`);
      const needed = { ...node, inputs: node.inputs.map((x) => (x && onPath.has(x) ? x : null)) };
      rule(op, node, dy).forEach((dx, i) => {
        const input = needed.inputs[i];
        if (!input || !dx) return;
        const earlier = found.get(input);
        found.set(input, earlier ? op.Add(earlier, dx) : dx);
      });
    }
  });
  return targets.map((target) => {
    const gradient = found.get(target);
    if (!gradient) throw new RangeError(`${target.name} does not reach the loss`);
    return gradient;
  });
}

/** Every value that depends on one of the targets: only along these does the walk need to go. */
function pathTo(graph: Graph, targets: readonly Value[]): Set<Value> {
  const reached = new Set(targets);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => input && reached.has(input))) {
      for (const output of node.outputs) reached.add(output);
    }
  }
  return reached;
}

/** Sums a gradient over the axes along which its value was broadcast. */
function unbroadcast(op: Operators, gradient: Value, like: Value): Value {
  if (sameShape(gradient.shape, like.shape)) return gradient;
  const extra = gradient.shape.length - like.shape.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const summed = extra > 0 ? op.ReduceSum(gradient, leading, false) : gradient;
  const stretched = like.shape.flatMap((dim, axis) => (dim === 1 && summed.shape[axis] !== 1 ? [axis] : []));
  return stretched.length > 0 ? op.ReduceSum(summed, stretched) : summed;
}

function inputOf(node: GraphNode, index: number): Value {
  const input = node.inputs[index];
  if (!input) throw new RangeError(`${node.op} (node ${node.name}) has no input ${index}`);
  return input;
}

function swapLastTwo(op: Operators, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return op.Transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

const elementwise =
  (derivative: (op: Operators, x: Value, y: Value, dy: Value) => Value): Rule =>
  (op, node, dy) => [derivative(op, inputOf(node, 0), node.outputs[0]!, dy)];

const rules: Partial<Record<string, Rule>> = {
  Identity: (_, __, dy) => [dy],
  Add: (op, node, dy) => [unbroadcast(op, dy, inputOf(node, 0)), unbroadcast(op, dy, inputOf(node, 1))],
  Sub: (op, node, dy) => [unbroadcast(op, dy, inputOf(node, 0)), unbroadcast(op, op.Neg(dy), inputOf(node, 1))],
  Mul: (op, node, dy) => {
    const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
    return [unbroadcast(op, op.Mul(dy, b), a), unbroadcast(op, op.Mul(dy, a), b)];
  },
  Div: (op, node, dy) => {
    const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
    const da = op.Div(dy, b);
    return [unbroadcast(op, da, a), unbroadcast(op, op.Neg(op.Mul(da, node.outputs[0]!)), b)];
  },
  Neg: elementwise((op, _, __, dy) => op.Neg(dy)),
  Exp: elementwise((op, _, y, dy) => op.Mul(dy, y)),
  Tanh: elementwise((op, _, y, dy) => op.Mul(dy, op.Sub(op.scalar(1), op.Mul(y, y)))),
  Sigmoid: elementwise((op, _, y, dy) => op.Mul(dy, op.Mul(y, op.Sub(op.scalar(1), y)))),
  Relu: elementwise((op, x, _, dy) => op.Where(op.Greater(x, op.scalar(0)), dy, op.scalar(0))),
  // x Phi(x): Phi(x) + x phi(x), with the normal distribution's function Phi and density phi.
  Gelu: elementwise((op, x, _, dy) => {
    const erf = op.Erf(op.Mul(x, op.scalar(Math.SQRT1_2)));
    const cumulative = op.Add(op.Mul(erf, op.scalar(0.5)), op.scalar(0.5));
    const density = op.Exp(op.Mul(op.Mul(x, x), op.scalar(-0.5)));
    const slope = op.Mul(op.Mul(x, op.scalar(1 / Math.sqrt(2 * Math.PI))), density);
    return op.Mul(dy, op.Add(cumulative, slope));
  }),
  Softmax: (op, node, dy) => {
    const y = node.outputs[0]!;
    const weighted = op.Mul(dy, y);
    const sum = op.ReduceSum(weighted, [node.attributes['axis'] as number]);
    return [op.Sub(weighted, op.Mul(y, sum))];
  },
  MatMul: (op, node, dy) => {
    const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
    return [
      unbroadcast(op, op.MatMul(dy, swapLastTwo(op, b)), a),
      unbroadcast(op, op.MatMul(swapLastTwo(op, a), dy), b),
    ];
  },
  Gemm: (op, node, dy) => {
    const [a, b, bias] = [inputOf(node, 0), inputOf(node, 1), node.inputs[2]];
    const { transA, transB, alpha } = node.attributes as { transA: 0 | 1; transB: 0 | 1; alpha: { float: number } };
    const scale = alpha.float;
    const product = (left: Value, right: Value, tA: number, tB: number) =>
      op.Gemm(left, right, null, { transA: tA as 0 | 1, transB: tB as 0 | 1, alpha: scale });
    const da = transA ? product(b, dy, transB, 1) : product(dy, b, 0, 1 - transB);
    const db = transB ? product(dy, a, 1, transA) : product(a, dy, 1 - transA, 0);
    return [da, db, bias ? unbroadcast(op, dy, bias) : null];
  },
  Gather: (op, node, dy) => {
    const [data, indices] = [inputOf(node, 0), inputOf(node, 1)];
    const positions = op.Cast(op.Unsqueeze(indices, -1), 'int64');
    return [op.ScatterND(op.zerosLike(data), positions, dy), null];
  },
  Reshape: (op, node, dy) => [op.Reshape(dy, inputOf(node, 0).shape), null],
  Unsqueeze: (op, node, dy) => [op.Reshape(dy, inputOf(node, 0).shape), null],
  Transpose: (op, node, dy) => {
    const perm = node.attributes['perm'] as readonly number[];
    return [
      op.Transpose(
        dy,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
  ReduceSum: (op, node, dy) => spread(op, node, dy, false),
  ReduceMean: (op, node, dy) => spread(op, node, dy, true),
  Where: (op, node, dy) => {
    const [condition, a, b] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
    const zero = op.scalar(0);
    return [null, unbroadcast(op, op.Where(condition, dy, zero), a), unbroadcast(op, op.Where(condition, zero, dy), b)];
  },
  LayerNormalization: (op, node, dy) => {
    const [x, scale, bias] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
    const [, mean, inverse] = node.outputs as [Value, Value, Value];
    const normal = op.Mul(op.Sub(x, mean), inverse);
    const dNormal = op.Mul(dy, scale);
    const alongNormal = op.Mul(normal, op.ReduceMean(op.Mul(dNormal, normal), [-1]));
    const centred = op.Sub(op.Sub(dNormal, op.ReduceMean(dNormal, [-1])), alongNormal);
    return [op.Mul(centred, inverse), unbroadcast(op, op.Mul(dy, normal), scale), unbroadcast(op, dy, bias)];
  },
  // softmax - onehot, row by row.
  SoftmaxCrossEntropyLoss: (op, node, dy) => {
    const labels = op.Unsqueeze(op.Cast(inputOf(node, 1), 'int64'), -1);
    const perRow = op.Unsqueeze(dy, -1);
    const softmax = op.Mul(op.Exp(node.outputs[1]!), perRow);
    return [op.ScatterElements(softmax, labels, op.Neg(perRow), 1), null];
  },
};

/** The gradient of a reduction: the same value along each reduced axis. */
function spread(op: Operators, node: GraphNode, dy: Value, mean: boolean): (Value | null)[] {
  const x = inputOf(node, 0);
  const list = Array.from(op.constantOf(inputOf(node, 1)).data as BigInt64Array, Number);
  const axes = list.map((axis) => normaliseAxis(axis, x.shape.length));
  const sizes = axes.map((axis) => x.shape[axis]!);
  if (mean && !sizes.every((size) => typeof size === 'number')) {
    throw new RangeError(`no gradient rule for ReduceMean over a run-time dimension (node ${node.name})`);
  }
  const count = mean ? sizeOf(sizes as number[]) : 1;
  const aligned = op.Reshape(
    dy,
    x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
  return [op.Expand(op.Mul(aligned, op.scalar(1 / count)), x), null];
}
