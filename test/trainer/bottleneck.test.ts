import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import type { BottleneckSettings } from '../../src/model/bottleneck.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { createOrtSession } from '../../src/model/ort.ts';
import { pack } from '../../src/model/packing.ts';
import { buildTrainingGraph, trainedParameters, type TrainingPlan } from '../../src/model/training-graph.ts';
import { readSafetensors, toFloat32 } from '../../src/onnx/safetensors.ts';
import { float32, int32 } from '../../src/onnx/tensor.ts';
import { decays } from '../../src/trainer/decay.ts';
import { openTrainingSession } from '../../src/trainer/training-session.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';

/** What PyTorch computed, see make_bottleneck.py. */
const FOLDER = fileURLToPath(new URL('../fixtures/bottleneck', import.meta.url));
type Run = {
  logits: [number, number][];
  loss: number;
  learning_rate: number;
  steps: { rows: number[]; loss: number }[];
};
const reference = JSON.parse(readFileSync(`${FOLDER}/reference.json`, 'utf8')) as Record<
  BottleneckSettings['placement'],
  Run
> & { size: number };
const { ids, labels } = bertReference;

async function tensorsOf(file: string, placement: string): Promise<Map<string, Float32Array>> {
  const all = [...(await readSafetensors(`${FOLDER}/${file}.safetensors`))];
  return new Map(
    all.flatMap(([name, tensor]) =>
      name.startsWith(`${placement}/`) ? [[name.slice(placement.length + 1), toFloat32(tensor)]] : [],
    ),
  );
}

const batchOf = (rows: readonly number[]) => {
  const packed = pack(
    rows.map((row) => Int32Array.from(ids[row]!)),
    64,
  );
  return { pack: packed, targets: packed.firstTokens, labels: Int32Array.from(rows, (row) => labels[row]!) };
};

test.each(['houlsby', 'pfeiffer'] as const)(
  "%s's adapters have the logits, gradients and 20 steps of PyTorch",
  async (placement) => {
    const { config, tensors: base } = await openCheckpoint(TINY_BERT);
    const method = { bottleneck: { placement, size: reference.size } };
    const plan: TrainingPlan = { config, objective: 'classification', method, base };
    const initial = await tensorsOf('weights', placement);
    expect(
      trainedParameters(plan)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...initial.keys()].sort());
    const run = reference[placement];
    const everything = batchOf(ids.map((_, row) => row));

    const graph = buildTrainingGraph(plan);
    const step = await createOrtSession(graph.step, { threads: 1 });
    const { rows, rowLength, inputIds, positionIds, segments } = everything.pack;
    const outputs = await step.run({
      input_ids: int32([rows, rowLength], inputIds),
      position_ids: int32([rows, rowLength], positionIds),
      segments: int32([rows, rowLength], segments),
      ...Object.fromEntries(graph.frozen.map((name) => [name, base.get(name)!])),
      ...Object.fromEntries(graph.trained.map(({ name, shape }) => [name, float32(shape, initial.get(name))])),
      targets: int32([8], everything.targets),
      labels: int32([8], everything.labels),
      shares: float32([8], new Float32Array(8).fill(1 / 8)),
    });
    await step.release();
    for (const [name, expected] of await tensorsOf('gradients', placement)) {
      const actual = outputs[`gradient/${name}`]!.data as Float32Array;
      const scale = Math.max(...expected.map(Math.abs), 1e-3);
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
      expect(worst / scale, name).toBeLessThan(1e-4);
    }

    const session = await openTrainingSession({
      plan,
      initial,
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      learningRate: () => run.learning_rate,
      clipNorm: 1,
      decays,
      seed: 1,
      ort: { threads: 1 },
    });
    const logits = await session.logits(everything);
    run.logits.flat().forEach((value, i) => expect(logits[i]).toBeCloseTo(value, 4));
    for (const [i, { rows: chosen, loss }] of run.steps.entries())
      expect(Math.abs((await session.step([batchOf(chosen)])) - loss), `step ${i}`).toBeLessThan(1e-3);
    const ends = await tensorsOf('trained', placement);
    for (const [name, weight] of session.weights()) {
      const expected = ends.get(name)!;
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - weight[i]!)), 0);
      expect(worst, name).toBeLessThan(2e-3);
    }
    await session.close();
  },
);
