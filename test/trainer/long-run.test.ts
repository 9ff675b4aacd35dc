import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { readAdapter } from '../../src/model/adapter-files.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { pack } from '../../src/model/packing.ts';
import { trainedParameters, type TrainingPlan } from '../../src/model/training-graph.ts';
import { decays } from '../../src/trainer/decay.ts';
import { openTrainingSession } from '../../src/trainer/training-session.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';

/** What PyTorch and PEFT computed, see make_long_run.py. */
const reference = JSON.parse(readFileSync(`${TINY_BERT}/long-run.json`, 'utf8')) as {
  clip_norm: number;
  runs: Record<
    'full' | 'lora',
    { steps: { rows: number[]; learning_rate: number; loss: number }[]; logits: [number, number][] }
  >;
};
const { ids, labels, class_weights: classWeights } = bertReference;

const batchOf = (rows: readonly number[]) => {
  const packed = pack(
    rows.map((row) => Int32Array.from(ids[row]!)),
    64,
  );
  return {
    pack: packed,
    targets: packed.firstTokens,
    labels: Int32Array.from(rows, (row) => labels[row]!),
    weights: Float32Array.from(rows, (row) => classWeights[labels[row]!]!),
  };
};

test.each(['full', 'lora'] as const)(
  '100 steps of %s training have the losses of PyTorch and PEFT, and end with their logits',
  async (method) => {
    const { config, tensors: base } = await openCheckpoint(TINY_BERT);
    const adapter = await readAdapter(`${TINY_BERT}/adapter`, config);
    const plan: TrainingPlan = {
      config,
      objective: 'classification',
      method: method === 'full' ? 'full' : { lora: adapter.settings },
      base,
    };
    const from = method === 'full' ? base : adapter.tensors;
    const { steps, logits } = reference.runs[method];
    const session = await openTrainingSession({
      plan,
      initial: new Map(
        trainedParameters(plan).map(({ name }) => [name, (from.get(name)!.data as Float32Array).slice()]),
      ),
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      learningRate: (step) => steps[step - 1]!.learning_rate,
      clipNorm: reference.clip_norm,
      decays,
      seed: 1,
      ort: { threads: 1 },
    });
    expect(steps).toHaveLength(100);
    for (const [step, { rows, loss }] of steps.entries())
      expect(Math.abs((await session.step([batchOf(rows)])) - loss), `step ${step}`).toBeLessThan(1e-3);
    const found = await session.logits(batchOf(ids.map((_, row) => row)));
    logits.flat().forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3));
    await session.close();
  },
);
