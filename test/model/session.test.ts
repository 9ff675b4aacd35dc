import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { openSession, type Session, type SessionOptions } from '../../src/model/session.ts';
import { startSessionWorker } from '../../src/model/session-thread.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { operators } from '../../src/onnx/ops.ts';
import { float32, int64, type Tensor } from '../../src/onnx/tensor.ts';
import { heldUp } from '../event-loop.ts';

const WIDTH = 512;

/** y = x W W … W * factor: W halves and mixes its input, `depth` of them make it slow. */
function slowGraph(depth: number): SessionOptions['model'] {
  const graph = new Graph('slow');
  const op = operators(graph);
  let value = graph.input('x', 'float32', ['rows', WIDTH]);
  const factor = graph.input('factor', 'float32', [1]);
  const weight = graph.parameter('w', float32([WIDTH, WIDTH], new Float32Array(WIDTH * WIDTH).fill(1 / WIDTH)));
  for (let i = 0; i < depth; i += 1) value = op.MatMul(value, weight);
  graph.output('y', op.Mul(value, factor));
  return graph.build();
}

const rows = (count: number, value: number): Tensor =>
  float32([count, WIDTH], new Float32Array(count * WIDTH).fill(value));
const factor = (value: number): { factor: Tensor } => ({ factor: float32([1], [value]) });

/** Makes as many zeros as its sizes multiply to, 4 bytes each, and adds them up. */
function productOfSizes(): SessionOptions['model'] {
  const graph = new Graph('product of sizes');
  const op = operators(graph);
  const sizes = graph.input('sizes', 'int64', ['sizes']);
  const zeros = graph.node('ConstantOfShape', [sizes], [{ type: 'float32', shape: ['all'] }])[0]!;
  const flat = op.Reshape(zeros, ['all']);
  graph.output('zero', op.ReduceSum(flat, [0]));
  return graph.build();
}

let session: Session;
let workers: Worker[];

async function open(options: Partial<SessionOptions> = {}): Promise<Session> {
  workers = [];
  session = await openSession({
    name: 'the test graph',
    model: slowGraph(1),
    device: 'cpu',
    threads: 1,
    startWorker: (data) => {
      const worker = startSessionWorker(data);
      workers.push(worker);
      return worker;
    },
    ...options,
  });
  return session;
}

/** Ends a worker by an error that nobody catches, when its turn comes. */
function kill(worker: Worker): void {
  worker.postMessage(null);
}

/** The value that every element of y has. */
async function run(x: Tensor, extra = {}): Promise<number> {
  const { y } = await session.run({ x, ...extra }, ['y']);
  expect(new Set(y!.data as Float32Array).size).toBe(1);
  expect(y!.shape).toEqual(x.shape);
  return y!.data[0] as number;
}

afterEach(async () => {
  await session.close();
});

describe('a session', () => {
  test('runs its graph in a thread and says on which device', async () => {
    await open();
    expect(session.device).toBe('cpu');
    expect(await run(rows(3, 2), factor(3))).toBe(6);
  });

  test('leaves the feeds as they are, so that they can be used again', async () => {
    await open();
    const x = rows(1, 2);
    await run(x, factor(1));
    expect(x.data.length).toBe(WIDTH);
    expect(await run(x, factor(2))).toBe(4);
  });

  test('answers every run with its own outputs, whichever worker took it', async () => {
    await open({ workers: 2, constants: factor(1) });
    const values = Array.from({ length: 40 }, (_, i) => i);
    expect(await Promise.all(values.map((value) => run(rows((value % 5) + 1, value))))).toEqual(values);
  });

  test('maps the weights that lie in a folder', async () => {
    const { bytes, externalData } = slowGraph(2);
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-weights-'));
    for (const { path, data } of externalData) await writeFile(join(folder, path), data);
    expect(externalData).toHaveLength(1);
    await open({ model: { bytes, externalData: [], folder }, workers: 2, constants: factor(1) });
    expect(await Promise.all([1, 2, 3, 4].map((value) => run(rows(1, value))))).toEqual([1, 2, 3, 4]);
    await session.close();
    await rm(folder, { recursive: true });
  });

  test('takes and gives float16 as its bits', async () => {
    const graph = new Graph('float16');
    const x = graph.input('x', 'float16', ['rows', 2]);
    graph.output('y', operators(graph).Add(x, x));
    const half = [0x3c00, 0xc100]; // 1, -2.5
    const bits = Uint16Array.from(half);
    session = await openSession({ name: 'float16', model: graph.build(), device: 'cpu', threads: 1 });
    const { y } = await session.run({ x: { type: 'float16', shape: [1, 2], data: bits } }, ['y']);
    expect(y).toEqual({ type: 'float16', shape: [1, 2], data: Uint16Array.from([0x4000, 0xc500]) }); // 2, -5
    expect([...bits]).toEqual(half);
  });
});

describe('constants', () => {
  test('are fed to every run, and runs asked for before a change do not see it', async () => {
    await open({ model: slowGraph(8), constants: factor(1), workers: 2 });
    const before = Array.from({ length: 6 }, () => run(rows(64, 1)));
    const changed = session.setConstants(factor(10));
    const after = Array.from({ length: 6 }, () => run(rows(64, 1)));
    expect(await Promise.all(before)).toEqual(new Array(6).fill(1));
    await changed;
    expect(await Promise.all(after)).toEqual(new Array(6).fill(10));
  });

  test('in shared memory can be edited between runs', async () => {
    const data = new Float32Array(new SharedArrayBuffer(4)).fill(1);
    await open({ constants: { factor: float32([1], data) } });
    expect(await run(rows(1, 1))).toBe(1);
    data[0] = 5;
    expect(await run(rows(1, 1))).toBe(5);
  });
});

describe('a worker that dies', () => {
  test('is replaced and nothing asked of it is lost', async () => {
    await open({ model: slowGraph(20), constants: factor(1) });
    const before = Array.from({ length: 3 }, (_, i) => run(rows(256, i)));
    kill(workers[0]!);
    const after = Array.from({ length: 3 }, (_, i) => run(rows(256, i)));
    expect(await Promise.all([...before, ...after])).toEqual([0, 1, 2, 0, 1, 2]);
    expect(workers).toHaveLength(2);
  });

  test('leaves each run the constants that it was asked with', async () => {
    await open({ model: slowGraph(20), constants: factor(1) });
    await session.setConstants(factor(2));
    kill(workers[0]!);
    const before = run(rows(256, 1));
    const changed = session.setConstants(factor(3));
    const after = run(rows(256, 1));
    await changed;
    expect(await Promise.all([before, after])).toEqual([2, 3]);
    expect(await run(rows(1, 1))).toBe(3);
  });

  test('is replaced while nothing is asked of it', async () => {
    await open({ constants: factor(1) });
    kill(workers[0]!);
    expect(await run(rows(1, 7))).toBe(7);
  });

  test('three times in one run fails that run with the reason, and no other', async () => {
    let deadly = true;
    await open({
      constants: factor(1),
      startWorker: (data) => {
        const worker = startSessionWorker(data);
        if (workers.length > 0 && deadly) kill(worker);
        workers.push(worker);
        return worker;
      },
    });
    kill(workers[0]!);
    await expect(run(rows(1, 1))).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/the test graph on cpu died 3 times over: .*null/u),
    });
    expect(workers).toHaveLength(4);
    deadly = false;
    kill(workers[3]!);
    expect(await run(rows(1, 4))).toBe(4);
  });

  test('at its start again and again fails what is asked of it, until it can start', async () => {
    let broken = false;
    await open({
      constants: factor(1),
      startWorker: (data) => {
        const worker = startSessionWorker(broken ? (null as never) : data);
        workers.push(worker);
        return worker;
      },
    });
    broken = true;
    kill(workers[0]!);
    await expect(run(rows(1, 1))).rejects.toMatchObject({ message: expect.stringMatching(/died 3 times over/u) });
    broken = false;
    expect(await run(rows(1, 1))).toBe(1);
  });
});

describe('what goes wrong', () => {
  test('names the graph and the device where that does not take it', async () => {
    await open();
    const broken = { bytes: new Uint8Array(64), externalData: [] };
    await expect(
      openSession({ name: 'the broken graph', model: broken, device: 'cpu', threads: 1 }),
    ).rejects.toMatchObject({
      code: 'device',
      message: expect.stringMatching(/^cpu does not take the broken graph: ./u),
    });
  });

  test('calls a run too large that memory does not suffice for, and the session goes on', async () => {
    session = await openSession({ name: 'the product', model: productOfSizes(), device: 'cpu', threads: 1 });
    const zeros = (sizes: number[]): Promise<Record<string, Tensor>> =>
      session.run({ sizes: int64([sizes.length], sizes) }, ['zero']);
    await expect(zeros([4096, 4096, 4096, 4096])).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(/could not run the product on cpu: .*Failed to allocate memory/u),
      hint: expect.stringMatching(/memory/u),
    });
    expect((await zeros([4096, 512]))['zero']!.data).toEqual(new Float32Array([0]));
  });

  test('names the graph, the device and onnxruntime’s reason, and the session goes on', async () => {
    await open({ constants: factor(1) });
    await expect(session.run({ x: float32([1, 2]) }, ['y'])).rejects.toMatchObject({
      name: 'EvenkeelError',
      message: expect.stringMatching(/the test graph on cpu: .*dimensions/u),
    });
    expect(await run(rows(1, 1))).toBe(1);
  });

  test('a closed session answers what it was asked and refuses the rest', async () => {
    await open({ model: slowGraph(20), constants: factor(1) });
    const asked = run(rows(256, 1));
    const closing = session.close();
    await expect(session.run({ x: rows(1, 1) }, ['y'])).rejects.toMatchObject({ code: 'stopped' });
    expect(await asked).toBe(1);
    await closing;
  });
});

test('the calling thread is never held up by runs', async () => {
  await open({ model: slowGraph(400), constants: factor(1) });
  // 80 KB, as the largest batch of the classifier: what is copied to the thread grows with it.
  const x = rows(40, 1);
  const runs = async (): Promise<void> => {
    for (let i = 0; i < 12; i += 1) await run(x);
  };
  await runs();
  expect(await heldUp(runs)).toBeLessThan(5);
});
