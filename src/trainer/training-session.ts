import { createOrtSession, type Feeds, type OrtOptions } from '../model/ort.ts';
import { buildTrainingGraph, WORD_EMBEDDINGS, type TrainingPlan } from '../model/training-graph.ts';
import { float32, int32, type Tensor } from '../onnx/tensor.ts';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import { adamWStep, clipScale, globalNorm, type AdamWSettings } from './adamw.ts';
import type { Batch } from './batch.ts';
import { dropoutPool } from './dropout-pool.ts';
import { gatherRows, usedPieces, type UsedPieces } from './embedding-rows.ts';
import { settleRows, stepRows, type RowTable, type RowUpdate } from './row-adamw.ts';

/** A trained weight and AdamW's moments of it; of the word embeddings the rows' own steps too (row-adamw.ts). */
export interface WeightState {
  weight: Float32Array;
  first: Float32Array;
  second: Float32Array;
  settled?: Float32Array;
}

/** Weights, their moments and the graph that gives their gradients: what a training step needs. Blocks its thread. */
export interface TrainingSession {
  /** Optimiser steps done; whoever restores the state of an earlier run sets it. */
  done: number;
  /** As they are kept, by name: enough to go on with exactly the same numbers. */
  readonly state: ReadonlyMap<string, WeightState>;
  /** The trained weights by name, of this moment: they change with every step. */
  weights(): ReadonlyMap<string, Float32Array>;
  /** The next optimiser step, over the micro-batches together; gives the mean loss over their targets. */
  step(batches: readonly Batch[]): Promise<number>;
  /** Scores without dropout: [targets, classes] row-major. */
  logits(batch: Batch): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface TrainingSessionOptions {
  plan: TrainingPlan;
  /** Initial values of every trained weight; the session changes them in place. */
  initial: ReadonlyMap<string, Float32Array>;
  optimizer: AdamWSettings;
  /** Of each step, from 1. */
  learningRate: (step: number) => number;
  /** Longest gradient, all weights together; longer ones are scaled to it. */
  clipNorm: number;
  /** Whether weight decay applies to a weight. */
  decays: (name: string) => boolean;
  seed: number;
  ort?: OrtOptions;
}

export async function openTrainingSession(options: TrainingSessionOptions): Promise<TrainingSession> {
  const { optimizer, seed, learningRate } = options;
  const onProcessor = (options.ort?.device ?? 'cpu') === 'cpu';
  const plan: TrainingPlan = { frozenAs: onProcessor ? 'inputs' : 'constants', ...options.plan };
  const graph = buildTrainingGraph(plan);
  const size = plan.config.hidden_size;
  const step = await createOrtSession(graph.step, options.ort).catch((cause: unknown) => {
    throw untrainable(options.ort?.device ?? 'cpu', cause);
  });
  let forward: Awaited<ReturnType<typeof createOrtSession>> | null = null;
  const state = new Map<string, WeightState>();
  const parameters: Feeds = {};
  for (const { name, shape } of graph.trained) {
    const weight = options.initial.get(name);
    if (!weight) throw new RangeError(`training starts without a value for ${name}`);
    const moments = { first: new Float32Array(weight.length), second: new Float32Array(weight.length) };
    const isTable = name === WORD_EMBEDDINGS;
    state.set(name, { weight, ...moments, ...(isTable && { settled: new Float32Array(shape[0]!) }) });
    if (!isTable) parameters[name] = float32(shape, weight);
  }
  for (const name of graph.frozen) if (name !== WORD_EMBEDDINGS) parameters[name] = plan.base!.get(name)!;
  const table = state.get(WORD_EMBEDDINGS) as RowTable | undefined;
  const words = table?.weight ?? (plan.base!.get(WORD_EMBEDDINGS)!.data as Float32Array);

  const pools = new Map<number, ReturnType<typeof dropoutPool>>();
  for (const { probability } of graph.dropouts) pools.set(probability, dropoutPool(probability, seed));
  const withoutDecay = { ...optimizer, weightDecay: 0 };
  const settingsOf = (name: string): AdamWSettings => (options.decays(name) ? optimizer : withoutDecay);
  const rowUpdate = (done: number): RowUpdate => ({ step: done, learningRate, settings: settingsOf(WORD_EMBEDDINGS) });
  const gradientNames = graph.trained.map(({ name }) => `gradient/${name}`);
  /** Where gradients are written: of the first micro-batch, and of each further one. */
  const memory = [0, 1].map(() => new Map<string, Tensor>());

  /** The rows of the word embeddings that some batches use, and the batches in terms of these. */
  function prepare(batches: readonly Batch[]): UsedPieces & { rows: Tensor } {
    const used = usedPieces(batches);
    if (table) settleRows(table, used.pieces, rowUpdate(session.done));
    return { ...used, rows: float32([used.pieces.length, size], gatherRows(words, used.pieces, size)) };
  }

  function feedsOf(batch: Batch, rows: Tensor): Feeds {
    const { rows: count, rowLength, inputIds, positionIds, segments } = batch.pack;
    const shape = [count, rowLength];
    return {
      input_ids: int32(shape, inputIds),
      position_ids: int32(shape, positionIds),
      segments: int32(shape, segments),
      targets: int32([batch.targets.length], batch.targets),
      ...(batch.candidates && {
        candidates: int32([batch.candidates.pieces.length], batch.candidates.pieces),
        candidate_offsets: float32([batch.candidates.offsets.length], batch.candidates.offsets),
      }),
      ...parameters,
      [WORD_EMBEDDINGS]: rows,
    };
  }

  function dropoutFeeds(batch: Batch, seeds: readonly number[]): Feeds {
    const { rows, rowLength: columns } = batch.pack;
    const sizes: Record<string, number> = {
      rows,
      columns,
      tokens: rows * columns,
      targets: batch.targets.length,
    };
    return Object.fromEntries(
      graph.dropouts.map(({ name, shape, probability }, place) => {
        const actual = shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]!));
        return [name, pools.get(probability)!(actual, ...seeds, place)];
      }),
    );
  }

  /** Gradients in the order of `graph.trained`. `total`: the weights of all targets of the step, of which these are a part. */
  async function lossAndGradients(batch: Batch, rows: Tensor, total: number, [number, micro]: [number, number]) {
    const shares = Float32Array.from(batch.labels, (_, i) => (batch.weights?.[i] ?? 1) / total);
    const feeds = {
      ...feedsOf(batch, rows),
      labels: int32([batch.labels.length], batch.labels),
      shares: float32([shares.length], shares),
      ...dropoutFeeds(batch, [number, micro]),
    };
    const outputs = await step.run(feeds, ['loss', ...gradientNames], gradientMemory(Math.min(micro, 1)));
    return {
      loss: (outputs['loss']!.data as Float32Array)[0]!,
      gradients: gradientNames.map((name) => outputs[name]!.data as Float32Array),
    };
  }

  /** Of full-size weights it would be hundreds of megabytes a step to be collected. Rows of embeddings differ in number. */
  function gradientMemory(place: number): Feeds {
    const kept = memory[place]!;
    if (kept.size === 0)
      for (const { name, shape } of graph.trained)
        if (name !== WORD_EMBEDDINGS) kept.set(`gradient/${name}`, float32(shape));
    return Object.fromEntries(kept);
  }

  const session: TrainingSession = {
    done: 0,
    state,
    weights() {
      if (table) settleRows(table, table.settled.keys(), rowUpdate(session.done));
      return new Map([...state].map(([name, { weight }]) => [name, weight]));
    },
    async step(given) {
      const { pieces, rows, batches } = prepare(given);
      const number = session.done + 1;
      const total = batches.reduce((sum, batch) => sum + totalWeight(batch), 0);
      let loss = 0;
      let gradients: Float32Array[] = [];
      for (const [i, batch] of batches.entries()) {
        const found = await lossAndGradients(batch, rows, total, [number, i]);
        loss += found.loss;
        gradients = gradients.length === 0 ? found.gradients : sumInto(gradients, found.gradients);
      }
      const scale = clipScale(globalNorm(gradients), options.clipNorm);
      graph.trained.forEach(({ name }, i) => {
        const gradient = gradients[i]!;
        if (name === WORD_EMBEDDINGS) return stepRows(table!, pieces, gradient, rowUpdate(number), scale);
        const { weight, ...moments } = state.get(name)!;
        return adamWStep(weight, gradient, moments, number, learningRate(number), settingsOf(name), scale);
      });
      session.done = number;
      return loss;
    },
    async logits(given) {
      forward ??= await createOrtSession(graph.forward, options.ort);
      const { batches, rows } = prepare([given]);
      return (await forward.run(feedsOf(batches[0]!, rows)))['logits']!.data as Float32Array;
    },
    async close() {
      await step.release();
      await forward?.release();
    },
  };
  return session;
}

function untrainable(device: string, cause: unknown): EvenkeelError {
  return new EvenkeelError('device', `Nothing can be trained on ${device}: ${messageOf(cause)}`, {
    hint: '`evenkeel doctor` says what this machine has; `--device cpu` works everywhere, where memory suffices.',
    cause,
  });
}

function totalWeight({ labels, weights }: Batch): number {
  return weights ? weights.reduce((sum, weight) => sum + weight, 0) : labels.length;
}

function sumInto(sums: Float32Array[], gradients: readonly Float32Array[]): Float32Array[] {
  for (const [i, sum] of sums.entries()) {
    const gradient = gradients[i]!;
    for (let k = 0; k < sum.length; k += 1) sum[k]! += gradient[k]!;
  }
  return sums;
}
