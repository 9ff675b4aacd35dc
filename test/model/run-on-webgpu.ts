import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdapterBank } from '../../src/classifier/adapter-bank.ts';
import { score, type Post } from '../../src/classifier/scorer.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { buildInferenceGraph } from '../../src/model/inference-graph.ts';
import type { LoraSettings } from '../../src/model/lora.ts';
import { openOnDevice } from '../../src/model/open-on-device.ts';
import { createOrtSession, type Feeds } from '../../src/model/ort.ts';
import { pack } from '../../src/model/packing.ts';
import { strayOperators } from '../../src/model/placement.ts';
import { probeDevice } from '../../src/model/device-probe.ts';
import { servingBase, type Precision } from '../../src/model/serving-weights.ts';
import { openSession, type Session } from '../../src/model/session.ts';
import { buildTrainingGraph, trainedParameters } from '../../src/model/training-graph.ts';
import { halvesFromFloats } from '../../src/onnx/float-formats.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { operators } from '../../src/onnx/ops.ts';
import { float32, int32, sizeOf } from '../../src/onnx/tensor.ts';
import type { Device, Provider } from '../../src/runtime/config.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';
import { otherAdapter, tinyAdapter } from '../classifier/tiny-base.ts';

/*
 * Run by webgpu.test.ts as a process of its own, so that a driver that crashes takes only this one down. Computes the same on
 * the processor and on WebGPU and prints as JSON how far apart they are and what WebGPU left to the processor.
 */

export interface WebGpuReport {
  /** The largest difference of a score, and of a score from PyTorch's where that has one. */
  serving: { difference: number; fromPyTorch: number; strays: readonly string[] };
  /** The same in fp16, against the processor's fp32. */
  half: { difference: number; strays: readonly string[] };
  /** Scores after an adapter was replaced: the same, and how far they moved. */
  swapped: { difference: number; moved: number };
  /** The bits of (1, 10, 0.5, -1) · (1, 2, 3, 4). */
  float16: number[];
  training: Record<string, { loss: number; gradient: number; gradients: number; strays: string[] }>;
  auto: { device: Provider; reason: string | undefined };
  named: { device: Provider };
}

const checkpoint = await openCheckpoint(TINY_BERT);
const { config, tensors } = checkpoint;

/** Posts of one and of several windows, in languages of three adapters, packed with each other. */
const posts: Post[] = bertReference.ids.flatMap((ids, i) =>
  ['en', 'es', 'und'].map((language, k) => ({
    language,
    windows: Array.from({ length: 1 + ((i + k) % 3 === 0 ? 1 : 0) }, () => Int32Array.from(ids)),
  })),
);

async function serving(): Promise<Pick<WebGpuReport, 'serving' | 'half' | 'swapped' | 'auto' | 'named'>> {
  const bank = await AdapterBank.of(
    config,
    new Map([
      ['multi', await tinyAdapter('adapter')],
      ['en', await tinyAdapter('adapter-wide')],
      ['es', await otherAdapter(1, 2)],
    ]),
  );
  const open = (device: Device, precision: Precision = 'fp32') =>
    openOnDevice({
      name: 'the tiny BERT',
      device,
      model: async () =>
        buildInferenceGraph(servingBase(checkpoint, precision), { rank: 'rank', targets: bank.targets }),
      threads: () => ({ threads: 1 }),
      constants: bank.banks,
      tryOut: (session) => score(posts.slice(0, 1), bank, session),
      // Without the look for a GPU's device file, which there is none of for a Vulkan in software.
      probe: probeDevice,
    });
  const auto = await open('auto');
  await auto.session.close();
  const [cpu, named] = [await open('cpu'), await open('webgpu')];
  const scores = async (session: Session): Promise<number[]> =>
    (await score(posts, bank, session)).map((verdict) => verdict.score);
  const before = [await scores(cpu.session), await scores(named.session)] as const;
  const useBanks = async (banks: Feeds): Promise<void> => {
    await Promise.all([cpu, named].map(({ session }) => session.setConstants(banks)));
  };
  await bank.put('es', await otherAdapter(7, 2), useBanks);
  const after = [await scores(cpu.session), await scores(named.session)] as const;
  const strays = named.session.strays;
  const half = (await open('webgpu', 'fp16')).session;
  const inHalf = await scores(half);
  const halfStrays = half.strays;
  await half.close();
  await Promise.all([cpu, named].map(({ session }) => session.close()));
  return {
    serving: { difference: furthest(...before), fromPyTorch: furthestFromPyTorch(before[1]), strays },
    half: { difference: furthest(after[0], inHalf), strays: halfStrays },
    swapped: { difference: furthest(...after), moved: furthest(before[0], after[0]) },
    auto: { device: auto.device, reason: auto.refused.find(({ device }) => device === 'webgpu')?.reason },
    named: { device: named.device },
  };
}

/** Posts in English go through the adapter `adapter-wide`, undetermined ones through `adapter`: both are in the fixture. */
function furthestFromPyTorch(scores: readonly number[]): number {
  const distances = posts.flatMap(({ language, windows }, i) => {
    if (language === 'es' || windows.length > 1) return [];
    const adapter = language === 'en' ? 'adapter-wide' : 'adapter';
    const [not, yes] = bertReference.logits[adapter].alone[Math.floor(i / 3)]!;
    return [Math.abs(scores[i]! - 1 / (1 + Math.exp(not - yes)))];
  });
  return Math.max(...distances);
}

async function float16(): Promise<number[]> {
  const graph = new Graph('float16');
  const x = graph.input('x', 'float16', ['rows', 4]);
  const weight = graph.parameter('w', {
    type: 'float16',
    shape: [4, 1],
    data: halvesFromFloats(Float32Array.of(1, 2, 3, 4)),
  });
  graph.output('y', operators(graph).MatMul(x, weight));
  const session = await openSession({ name: 'float16', model: graph.build(), device: 'webgpu', threads: 1 });
  const { y } = await session.run(
    { x: { type: 'float16', shape: [1, 4], data: halvesFromFloats(Float32Array.of(1, 10, 0.5, -1)) } },
    ['y'],
  );
  await session.close();
  return [...(y!.data as Uint16Array)];
}

async function training(method: 'full' | { lora: LoraSettings }): Promise<WebGpuReport['training'][string]> {
  const plan = { config, objective: 'classification', method, base: tensors } as const;
  const graph = buildTrainingGraph(plan);
  const packed = pack(
    bertReference.ids.map((ids) => Int32Array.from(ids)),
    64,
  );
  const shape = [packed.rows, packed.rowLength];
  const from = method === 'full' ? tensors : (await tinyAdapter('adapter')).tensors;
  const count = bertReference.labels.length;
  const sizes: Record<string, number> = {
    rows: packed.rows,
    columns: packed.rowLength,
    tokens: packed.rows * packed.rowLength,
    targets: count,
  };
  const feeds: Feeds = {
    input_ids: int32(shape, packed.inputIds),
    position_ids: int32(shape, packed.positionIds),
    segments: int32(shape, packed.segments),
    targets: int32([count], packed.firstTokens),
    labels: int32([count], bertReference.labels),
    shares: float32([count], new Float32Array(count).fill(1 / count)),
  };
  for (const { name, shape: dims } of trainedParameters(plan))
    feeds[name] = float32(dims, from.get(name)!.data as Float32Array);
  for (const name of graph.frozen) feeds[name] = tensors.get(name)!;
  for (const { name, shape: dims } of graph.dropouts) {
    const actual = dims.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]!));
    feeds[name] = float32(actual, new Float32Array(sizeOf(actual)).fill(1));
  }
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-webgpu-'));
  const results: Feeds[] = [];
  for (const options of [
    { device: 'cpu', threads: 1 },
    { device: 'webgpu', profile: join(folder, 'run') },
  ] as const) {
    const session = await createOrtSession(graph.step, options);
    results.push(await session.run(feeds));
    if (options.device === 'webgpu') session.endProfile();
    await session.release();
  }
  const strays = strayOperators(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8'));
  rmSync(folder, { recursive: true });
  const [cpu, gpu] = results as [Feeds, Feeds];
  const distances = graph.trained.map(({ name }) => {
    const [expected, found] = [cpu, gpu].map((outputs) => outputs[`gradient/${name}`]!.data as Float32Array);
    const scale = Math.max(...expected!.map(Math.abs), 1e-3);
    return furthest(expected!, found!) / scale;
  });
  return {
    loss: Math.abs((cpu['loss']!.data[0] as number) - (gpu['loss']!.data[0] as number)),
    gradient: Math.max(...distances),
    gradients: distances.length,
    strays,
  };
}

/** NaN where one of them is. */
function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const lora = (await tinyAdapter('adapter')).settings;
const report: WebGpuReport = {
  ...(await serving()),
  float16: await float16(),
  training: { full: await training('full'), lora: await training({ lora }) },
};
process.stdout.write(JSON.stringify(report));
