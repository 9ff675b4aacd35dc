import fc from 'fast-check';
import { expect, test } from 'vitest';
import { int8Products, placeFreeAverage, quantizeWeight } from '../../src/model/int8.ts';
import { createOrtSession } from '../../src/model/ort.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { operators } from '../../src/onnx/ops.ts';
import { float32 } from '../../src/onnx/tensor.ts';

const value = fc.float({ min: -3, max: 3, noNaN: true });
const INPUTS = 48;
const OUTPUTS = 5;
const anyWeight = fc
  .array(value, { minLength: INPUTS * OUTPUTS, maxLength: INPUTS * OUTPUTS })
  .map((data) => float32([OUTPUTS, INPUTS], data));
const rows = fc.array(fc.array(value, { minLength: INPUTS, maxLength: INPUTS }), { minLength: 1, maxLength: 9 });

async function product(weight: ReturnType<typeof float32>, bias: number[]) {
  const graph = new Graph('product');
  const op = operators(graph);
  const { values, scales } = quantizeWeight(weight);
  const x = graph.input('x', 'float32', ['rows', INPUTS]);
  const parameters = [values, scales, float32([OUTPUTS], bias)].map((each, i) => graph.parameter(`p${i}`, each));
  graph.output('y', int8Products(op)(x, parameters[0]!, parameters[1]!, parameters[2]!));
  const session = await createOrtSession(graph.build(), { threads: 1 });
  return async (data: number[][]): Promise<Float32Array> => {
    const { y } = await session.run({ x: float32([data.length, INPUTS], data.flat()) });
    return y!.data as Float32Array;
  };
}

test('a quantized weight is within half a step of the weight, in seven bits and a sign', () => {
  fc.assert(
    fc.property(anyWeight, (weight) => {
      const { values, scales } = quantizeWeight(weight);
      for (let output = 0; output < OUTPUTS; output += 1) {
        const scale = scales.data[output] as number;
        for (let input = 0; input < INPUTS; input += 1) {
          const quantized = values.data[input * OUTPUTS + output] as number;
          expect(Math.abs(quantized)).toBeLessThanOrEqual(64);
          const error = Math.abs(quantized * scale - (weight.data[output * INPUTS + input] as number));
          expect(error).toBeLessThanOrEqual(scale * 0.5001 + 1e-12);
        }
      }
    }),
  );
});

test('a product is what the integers say: their exact sum, times both scales', async () => {
  await fc.assert(
    fc.asyncProperty(anyWeight, rows, async (weight, data) => {
      const { values, scales } = quantizeWeight(weight);
      const y = await (await product(weight, [0, 1, -1, 0.5, 2]))(data);
      data.forEach((row, i) => {
        const step = Math.fround(Math.max(...row.map(Math.abs), 1e-12) * Math.fround(1 / 127));
        for (let output = 0; output < OUTPUTS; output += 1) {
          let sum = 0;
          let slack = 0;
          row.forEach((x, input) => {
            const quantized = values.data[input * OUTPUTS + output] as number;
            sum += Math.round(x / step) * quantized;
            // A value halfway between two steps may go either way.
            if (Math.abs(Math.abs((x / step) % 1) - 0.5) < 1e-3) slack += Math.abs(quantized);
          });
          const unit = step * (scales.data[output] as number);
          const expected = sum * unit + [0, 1, -1, 0.5, 2][output]!;
          expect(Math.abs(y[i * OUTPUTS + output]! - expected)).toBeLessThan(slack * unit + 1e-4);
        }
      });
    }),
    { numRuns: 20 },
  );
});

test('the largest sums do not saturate, whatever the processor', async () => {
  const weight = float32([OUTPUTS, INPUTS], new Float32Array(INPUTS * OUTPUTS).fill(1));
  const y = await (await product(weight, [0, 0, 0, 0, 0]))([new Array<number>(INPUTS).fill(2)]);
  for (const each of y) expect(each).toBeCloseTo(2 * INPUTS, 3);
});

test('a row of a product does not depend on the rows beside it', async () => {
  await fc.assert(
    fc.asyncProperty(anyWeight, rows, async (weight, data) => {
      const run = await product(weight, [0, 0, 0, 0, 0]);
      const together = await run(data);
      for (const [i, row] of data.entries()) {
        expect(await run([row])).toEqual(together.slice(i * OUTPUTS, (i + 1) * OUTPUTS));
      }
    }),
    { numRuns: 10 },
  );
});

test('an average is softmax’s, to the same bit wherever in its row a post stands', async () => {
  const columns = 64;
  const size = 8;
  const graph = new Graph('average');
  const op = operators(graph);
  const scores = graph.input('scores', 'float32', ['rows', 1, 'columns', 'columns']);
  const values = graph.input('values', 'float32', ['rows', 1, 'columns', size]);
  graph.output('average', placeFreeAverage(op)(scores, values));
  const session = await createOrtSession(graph.build(), { threads: 1 });
  const number = (i: number): number => Math.sin(i * 12.9898) * 5;
  const length = 21;
  const at = async (offset: number): Promise<number[][]> => {
    const s = new Float32Array(columns * columns).fill(-1e9);
    const v = new Float32Array(columns * size);
    for (let i = 0; i < length; i += 1) {
      for (let j = 0; j < length; j += 1) s[(offset + i) * columns + offset + j] = number(i * length + j);
      for (let d = 0; d < size; d += 1) v[(offset + i) * size + d] = number(1000 + i * size + d);
    }
    const { average } = await session.run({
      scores: float32([1, 1, columns, columns], s),
      values: float32([1, 1, columns, size], v),
    });
    return Array.from({ length }, (_, i) =>
      Array.from((average!.data as Float32Array).slice((offset + i) * size, (offset + i + 1) * size)),
    );
  };
  const first = await at(0);
  first.forEach((row, i) => {
    const weights = Array.from({ length }, (_, j) => Math.exp(number(i * length + j)));
    const sum = weights.reduce((a, b) => a + b);
    row.forEach((each, d) => {
      const expected = weights.reduce((total, w, j) => total + (w / sum) * number(1000 + j * size + d), 0);
      expect(each).toBeCloseTo(expected, 4);
    });
  });
  for (const offset of [1, 5, 13, 32, 43]) expect(await at(offset)).toEqual(first);
});
