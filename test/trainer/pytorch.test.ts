import { beforeAll, describe, expect, test } from 'vitest';

import { readAdapter } from '../../src/model/adapter-files.ts';
import type { BertConfig } from '../../src/model/bert-config.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { createOrtSession } from '../../src/model/ort.ts';
import { pack } from '../../src/model/packing.ts';
import { buildTrainingGraph, trainedParameters, type TrainingPlan } from '../../src/model/training-graph.ts';
import { readSafetensors, toFloat32 } from '../../src/onnx/safetensors.ts';
import { float32, int32, type Tensor } from '../../src/onnx/tensor.ts';
import { linearSchedule } from '../../src/trainer/adamw.ts';
import { decays } from '../../src/trainer/decay.ts';
import { openTrainingSession } from '../../src/trainer/training-session.ts';
import { bertReference as reference, TINY_BERT } from '../fixtures/bert-reference.ts';

const THREADS = { threads: 1 };

let config: BertConfig;
let base: ReadonlyMap<string, Tensor>;
let gradients: Map<string, Float32Array>;

beforeAll(async () => {
  ({ config, tensors: base } = await openCheckpoint(TINY_BERT));
  gradients = new Map(
    [...(await readSafetensors(`${TINY_BERT}/gradients.safetensors`))].map(([name, tensor]) => [
      name,
      toFloat32(tensor),
    ]),
  );
});

async function planOf(method: 'full' | 'lora'): Promise<{ plan: TrainingPlan; initial: Map<string, Float32Array> }> {
  const adapter = await readAdapter(`${TINY_BERT}/adapter`, config);
  const plan: TrainingPlan = {
    config,
    objective: 'classification',
    method: method === 'full' ? 'full' : { lora: adapter.settings },
    base,
  };
  const from = method === 'full' ? base : adapter.tensors;
  return {
    plan,
    initial: new Map(trainedParameters(plan).map(({ name }) => [name, (from.get(name)!.data as Float32Array).slice()])),
  };
}

function sequences(rows: readonly number[][]): Int32Array[] {
  return rows.map((row) => Int32Array.from(row));
}

function packFeeds(packed: ReturnType<typeof pack>): Record<string, Tensor> {
  const shape = [packed.rows, packed.rowLength];
  return {
    input_ids: int32(shape, packed.inputIds),
    position_ids: int32(shape, packed.positionIds),
    segments: int32(shape, packed.segments),
  };
}

function expectGradients(found: Record<string, Tensor>, names: readonly string[], prefix: string): void {
  const wanted = [...gradients.keys()].filter((name) => name.startsWith(`${prefix}/`));
  expect(names.map((name) => `${prefix}/${name}`).sort()).toEqual(wanted.sort());
  for (const name of names) {
    const expected = gradients.get(`${prefix}/${name}`)!;
    const actual = found[`gradient/${name}`]!.data as Float32Array;
    // Relative to the largest value of the tensor. The key's bias has no gradient but rounding (softmax does not see it).
    const scale = Math.max(...expected.map(Math.abs), 1e-3);
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
    expect(worst / scale, name).toBeLessThan(1e-4);
  }
}

describe('the training graph, against PyTorch', () => {
  test.each([
    ['full', 'full'],
    ['full', 'full-weighted'],
    ['lora', 'lora'],
    ['lora', 'lora-weighted'],
  ] as const)('gives the loss and every gradient of %s training (%s)', async (method, prefix) => {
    const { plan, initial } = await planOf(method);
    const graph = buildTrainingGraph(plan);
    const session = await createOrtSession(graph.step, THREADS);
    const packed = pack(sequences(reference.ids), 64);
    const [zero, one] = prefix.endsWith('weighted') ? reference.class_weights : [1, 1];
    const weights = reference.labels.map((label) => (label === 1 ? one : zero));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const outputs = await session.run({
      ...packFeeds(packed),
      ...Object.fromEntries(graph.frozen.map((name) => [name, base.get(name)!])),
      ...Object.fromEntries(graph.trained.map(({ name, shape }) => [name, float32(shape, initial.get(name))])),
      targets: int32([8], packed.firstTokens),
      labels: int32([8], reference.labels),
      shares: float32(
        [8],
        weights.map((weight) => weight / total),
      ),
    });
    expect((outputs['loss']!.data as Float32Array)[0]).toBeCloseTo(reference.losses[prefix], 5);
    expectGradients(
      outputs,
      graph.trained.map(({ name }) => name),
      prefix,
    );
    await session.release();
  });

  test('gives the loss and every gradient of masked-language-model training', async () => {
    const plan: TrainingPlan = { config, objective: 'masked-language-model', method: 'full' };
    const graph = buildTrainingGraph(plan);
    const session = await createOrtSession(graph.step, THREADS);
    const packed = pack(sequences(reference.masked.ids), 64);
    const { targets } = reference.masked;
    const count = targets.length;
    const everything = Array.from({ length: config.vocab_size }, (_, piece) => piece);
    const outputs = await session.run({
      ...packFeeds(packed),
      ...Object.fromEntries(
        graph.trained.map(({ name, shape }) => [name, float32(shape, base.get(name)!.data as Float32Array)]),
      ),
      targets: int32(
        [count],
        targets.map(({ row, position }) => packed.firstTokens[row]! + position),
      ),
      labels: int32(
        [count],
        targets.map(({ label }) => label),
      ),
      shares: float32([count], new Float32Array(count).fill(1 / count)),
      candidates: int32([config.vocab_size], everything),
      candidate_offsets: float32([config.vocab_size]),
    });
    expect((outputs['loss']!.data as Float32Array)[0]).toBeCloseTo(reference.losses.mlm, 4);
    expectGradients(
      outputs,
      graph.trained.map(({ name }) => name),
      'mlm',
    );
    await session.release();
  });
});

describe('a training session, against PyTorch', () => {
  test.each([
    ['full', 1, 'inputs'],
    ['full', 2, 'inputs'],
    ['lora', 1, 'inputs'],
    ['lora', 2, 'inputs'],
    ['lora', 1, 'constants'],
  ] as const)(
    'has the loss of every step of a %s run in %i micro-batches with frozen weights as %s, and its weights at the end',
    async (method, micro, frozenAs) => {
      const { plan: whole, initial } = await planOf(method);
      const plan = { ...whole, frozenAs };
      const { adamw, ids, labels, class_weights: classWeights } = reference;
      const session = await openTrainingSession({
        plan,
        initial,
        optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
        learningRate: (step) => adamw.runs[method][step - 1]!.learning_rate,
        clipNorm: adamw.clip_norm,
        decays,
        seed: 1,
        ort: THREADS,
      });
      for (const [step, { rows, loss }] of adamw.runs[method].entries()) {
        const size = rows.length / micro;
        const batches = Array.from({ length: micro }, (_, i) => rows.slice(i * size, (i + 1) * size)).map((part) => {
          const packed = pack(sequences(part.map((row) => ids[row]!)), 64);
          return {
            pack: packed,
            targets: packed.firstTokens,
            labels: Int32Array.from(part, (row) => labels[row]!),
            weights: Float32Array.from(part, (row) => classWeights[labels[row]!]!),
          };
        });
        const found = await session.step(batches);
        expect(Math.abs(found - loss), `step ${step}`).toBeLessThan(1e-3);
      }
      const trained = await readSafetensors(`${TINY_BERT}/trained.safetensors`);
      for (const [name, weight] of session.weights()) {
        const expected = toFloat32(trained.get(`${method}/${name}`)!);
        const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - weight[i]!)), 0);
        expect(worst, name).toBeLessThan(2e-3);
      }
      await session.close();
    },
  );

  test('warms up and decays its learning rate as transformers does', () => {
    const { warmup, steps, runs } = reference.adamw;
    runs.full.forEach(({ learning_rate: expected }, step) => {
      expect(1e-3 * linearSchedule(step, warmup, steps)).toBeCloseTo(expected, 9);
    });
  });
});
