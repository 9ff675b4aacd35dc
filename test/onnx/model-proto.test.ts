import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createOrtSession } from '../../src/model/ort.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { decodeModel, encodeModel, type ModelProto } from '../../src/onnx/model-proto.ts';
import { operators } from '../../src/onnx/ops.ts';
import { readFields } from '../../src/onnx/protobuf.ts';
import { float32 } from '../../src/onnx/tensor.ts';

const name = fc.string({ minLength: 1, maxLength: 12 });
const attribute = fc.oneof(
  fc.maxSafeInteger(),
  fc.string(),
  fc.array(fc.integer(), { minLength: 1, maxLength: 4 }),
  fc.float({ noNaN: true }).map((value) => ({ float: value })),
);
const type = fc.constantFrom('float32', 'int32', 'int64', 'bool', 'uint8', 'int8', 'float16');
const info = fc.record({
  name,
  type,
  shape: fc.array(fc.oneof(fc.nat(), fc.string({ minLength: 1, maxLength: 5 })), { maxLength: 4 }),
});
const model: fc.Arbitrary<ModelProto> = fc.record({
  irVersion: fc.nat(),
  producer: fc.string(),
  opsets: fc.array(fc.record({ domain: fc.string(), version: fc.nat() }), { maxLength: 3 }),
  graph: fc.record({
    name,
    nodes: fc.array(
      fc.record({
        name,
        op: name,
        domain: fc.string(),
        inputs: fc.array(fc.string()),
        outputs: fc.array(name),
        attributes: fc.dictionary(name, attribute, { noNullPrototype: true }),
      }),
      { maxLength: 5 },
    ),
    inputs: fc.array(info, { maxLength: 3 }),
    outputs: fc.array(info, { maxLength: 3 }),
    initializers: fc.array(
      fc.record({
        name,
        type,
        shape: fc.array(fc.nat(), { maxLength: 3 }),
        data: fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.record({ location: name, offset: fc.nat(), length: fc.nat() }),
        ),
      }),
      { maxLength: 3 },
    ),
  }),
});

describe('model files', () => {
  test('read as they were written', () => {
    fc.assert(
      fc.property(model, (written) => {
        expect(decodeModel(encodeModel(written))).toEqual(written);
      }),
    );
  });

  test('that are damaged are refused with a RangeError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeModel(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  test('that end early are refused with the place', () => {
    const bytes = encodeModel({
      irVersion: 9,
      producer: 'test',
      opsets: [],
      graph: { name: 'graph', nodes: [], inputs: [], outputs: [], initializers: [] },
    });
    expect(() => [...readFields(bytes.subarray(0, -3))]).toThrow(/runs past the end|ends inside/);
  });

  test.each(['disabled', 'basic', 'extended', 'all'] as const)(
    'load in onnxruntime at the optimisation level %s, large weights beside them',
    async (optimization) => {
      const graph = new Graph('test');
      const op = operators(graph);
      const x = graph.input('x', 'float32', ['rows', 32]);
      const weight = graph.parameter('weight', float32([32, 32], new Float32Array(1024).fill(0.5)));
      graph.output('y', op.Relu(op.Gemm(x, weight)));
      const built = graph.build();
      expect(built.externalData.map(({ path }) => path)).toEqual(['weight']);
      const session = await createOrtSession(built, { optimization, threads: 1 });
      const { y } = await session.run({ x: float32([3, 32], new Float32Array(96).fill(1)) });
      expect(y!.shape).toEqual([3, 32]);
      expect((y!.data as Float32Array).every((value) => value === 16)).toBe(true);
      await session.release();
    },
  );
});

describe('a graph', () => {
  test('keeps only the nodes and weights that its outputs need', () => {
    const graph = new Graph('test');
    const op = operators(graph);
    const x = graph.input('x', 'float32', [2]);
    const unused = graph.parameter('unused', float32([2], [1, 2]));
    op.Add(x, unused);
    graph.output('y', op.Exp(x));
    const { graph: built } = decodeModel(graph.build().bytes);
    expect(built.nodes.map((node) => node.op)).toEqual(['Exp', 'Identity']);
    expect(built.initializers).toEqual([]);
  });

  test('names nodes for the scope that they are in, each once', () => {
    const graph = new Graph('test');
    const op = operators(graph);
    const x = graph.input('x', 'float32', [2]);
    graph.output(
      'y',
      graph.scope('layer', () => op.Exp(op.Exp(x))),
    );
    const names = decodeModel(graph.build().bytes).graph.nodes.map((node) => node.name);
    expect(names).toEqual(['layer/Exp', 'layer/Exp_1', 'output/y']);
  });

  test('refuses shapes that do not fit, and a name given twice', () => {
    const graph = new Graph('test');
    const op = operators(graph);
    const [a, b] = [graph.input('a', 'float32', [2, 3]), graph.input('b', 'float32', [2, 4])];
    expect(() => op.Add(a, b)).toThrow('cannot broadcast shapes [2, 3] and [2, 4]');
    expect(() => op.MatMul(a, b)).toThrow('cannot multiply shapes [2, 3] and [2, 4]');
    expect(() => graph.input('a', 'float32', [])).toThrow('already has a value named a');
  });
});
