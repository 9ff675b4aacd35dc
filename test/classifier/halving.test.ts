import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHalving } from '../../src/classifier/halving.ts';
import { openSession, type Session } from '../../src/model/session.ts';
import { Graph, type BuiltModel } from '../../src/onnx/graph.ts';
import { operators } from '../../src/onnx/ops.ts';
import { int64 } from '../../src/onnx/tensor.ts';

/** As many zeros as the sizes of a batch multiply to, 4 bytes each: memory suffices for few of them together. */
function zerosOfSizes(): BuiltModel {
  const graph = new Graph('zeros');
  const sizes = graph.input('sizes', 'int64', ['sizes']);
  const zeros = graph.node('ConstantOfShape', [sizes], [{ type: 'float32', shape: ['all'] }])[0]!;
  const op = operators(graph);
  graph.output('first', op.Gather(op.Reshape(zeros, ['all']), op.int32([1], [0])));
  return graph.build();
}

let session: Session;
beforeAll(async () => {
  session = await openSession({ name: 'the zeros', model: zerosOfSizes(), device: 'cpu', threads: 1 });
});
afterAll(() => session.close());

const run = async (sizes: readonly number[]): Promise<string[]> => {
  const { first } = await session.run({ sizes: int64([sizes.length], sizes) }, ['first']);
  return sizes.map((size) => `${size}: ${first!.data[0]}`);
};

test('a batch that onnxruntime has no memory for is answered in halves', async () => {
  // 2^50 bytes are more than any process can have, 2^26 of them no trouble.
  const { outcomes, fits } = await runHalving(new Array<number>(8).fill(64), run);
  expect(outcomes).toEqual(Array.from({ length: 8 }, () => ({ status: 'fulfilled', value: '64: 0' })));
  expect(fits).toBe(4);
});

test('an item that onnxruntime has no memory for fails alone, with the reason', async () => {
  const { outcomes } = await runHalving([1, 2 ** 48, 1, 1], run);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({
    reason: { code: 'too-large', message: expect.stringMatching(/the zeros on cpu.*allocate memory/u) },
  });
});

test('what fails for another reason is not tried again', async () => {
  let runs = 0;
  const { outcomes } = await runHalving([1, 2, 3], () => {
    runs += 1;
    return Promise.reject(new Error('broken'));
  });
  expect(runs).toBe(1);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});
