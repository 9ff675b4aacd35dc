import { Graph } from '../onnx/graph.ts';
import { operators } from '../onnx/ops.ts';
import { float32 } from '../onnx/tensor.ts';
import type { Provider } from '../runtime/config.ts';
import { createOrtSession } from './ort.ts';

/*
 * Run as a process of its own by device-probe.ts, with a device's name: prints how many ms the processor and the device
 * take for the same matrix products, as JSON. Whatever else goes wrong ends it, with onnxruntime's words on stderr.
 */

const WIDTH = 1024;
/** 8.6 GFLOP with `WIDTH` rows: what it takes to start a run does not count beside it. */
const PRODUCTS = 4;
const FEW_ROWS = 32;

function products(): ReturnType<Graph['build']> {
  const graph = new Graph('probe');
  const op = operators(graph);
  const weight = graph.parameter('w', float32([WIDTH, WIDTH], new Float32Array(WIDTH * WIDTH).fill(1 / WIDTH)));
  let x = graph.input('x', 'float32', ['rows', WIDTH]);
  for (let i = 0; i < PRODUCTS; i += 1) x = op.MatMul(x, weight);
  graph.output('y', op.ReduceSum(x, [0, 1]));
  return graph.build();
}

/** The better of two runs, so that what only the first run has to do does not count. Throws where the sum is wrong. */
async function timeOf(session: Awaited<ReturnType<typeof createOrtSession>>, rows: number): Promise<number> {
  const x = float32([rows, WIDTH], new Float32Array(rows * WIDTH).fill(1));
  const times: number[] = [];
  for (let run = 0; run < 2; run += 1) {
    const startedAt = performance.now();
    const { y } = await session.run({ x });
    times.push(performance.now() - startedAt);
    const sum = y!.data[0] as number;
    if (!(Math.abs(sum / x.data.length - 1) < 0.01)) throw new Error(`it computes ${sum}, not ${x.data.length}`);
  }
  return Math.min(...times);
}

const device = process.argv[2] as Provider;
const model = products();
const tried = await createOrtSession(model, { device });
const cpuMs = await timeOf(await createOrtSession(model), WIDTH);
const fewMs = await timeOf(tried, FEW_ROWS);
// A software Vulkan is told by these few rows, and would take seconds for all of them.
const hopeless = fewMs > cpuMs / 4;
const deviceMs = hopeless ? fewMs * (WIDTH / FEW_ROWS) : await timeOf(tried, WIDTH);
process.stdout.write(JSON.stringify({ cpuMs, deviceMs }));
