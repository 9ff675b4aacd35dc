import { createOrtSession, type Feeds, type OrtOptions } from '../model/ort.ts';
import type { Pack } from '../model/packing.ts';
import { buildTrainingGraph, type TrainingPlan } from '../model/training-graph.ts';
import { float32, int32, type Tensor } from '../onnx/tensor.ts';
import { adamWRowsStep, adamWStep, clipScale, globalNorm, type AdamWSettings, type Moments } from './adamw.ts';
import { dropoutPool } from './dropout-pool.ts';

/** Packed sequences with what is to be predicted at some of their tokens. */
export interface Batch {
  pack: Pack;
  /** Flat indices of the tokens that are classified. */
  targets: Int32Array;
  /** A class for each target; for the language model a place among the candidates. */
  labels: Int32Array;
  /** What each target counts for against the others. Default 1. */
  weights?: Float32Array;
  /** Language model only: the pieces that a target may be, and what is added to their scores (bert.ts). */
  candidates?: { pieces: Int32Array; offsets: Float32Array };
}

export interface StepSettings {
  learningRate: number;
  /** From 1; seeds dropout and corrects AdamW's moments. */
  step: number;
  clipNorm: number;
}

/** Weights, their moments and the graph that gives their gradients: what a training step needs. Blocks its thread. */
export interface TrainingSession {
  /** The trained weights by name; they change with every step. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly moments: ReadonlyMap<string, Moments>;
  /** One optimiser step over the micro-batches together; gives the mean loss over their targets. */
  step(batches: readonly Batch[], settings: StepSettings): Promise<number>;
  /** Scores without dropout: [targets, classes] row-major. */
  logits(batch: Batch): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface TrainingSessionOptions {
  plan: TrainingPlan;
  /** Initial values of every trained weight; copied. */
  initial: ReadonlyMap<string, Float32Array>;
  optimizer: AdamWSettings;
  /** Whether weight decay applies to a weight. */
  decays: (name: string) => boolean;
  /** Whether a step leaves a weight's rows alone that have no gradient: for the word embeddings, most of a small model. */
  sparse?: (name: string) => boolean;
  seed: number;
  ort?: OrtOptions;
}

export async function openTrainingSession(options: TrainingSessionOptions): Promise<TrainingSession> {
  const { plan, optimizer, seed } = options;
  const graph = buildTrainingGraph(plan);
  const step = await createOrtSession(graph.step, options.ort);
  let forward: Awaited<ReturnType<typeof createOrtSession>> | null = null;
  const weights = new Map<string, Float32Array>();
  const moments = new Map<string, Moments>();
  const parameters: Feeds = {};
  for (const { name, shape } of graph.trained) {
    const values = options.initial.get(name);
    if (!values) throw new RangeError(`training starts without a value for ${name}`);
    const weight = values.slice();
    weights.set(name, weight);
    moments.set(name, { first: new Float32Array(weight.length), second: new Float32Array(weight.length) });
    parameters[name] = float32(shape, weight);
  }
  const pools = new Map<number, ReturnType<typeof dropoutPool>>();
  for (const { probability } of graph.dropouts) pools.set(probability, dropoutPool(probability, seed));
  const withoutDecay = { ...optimizer, weightDecay: 0 };
  const gradientNames = graph.trained.map(({ name }) => `gradient/${name}`);

  function feedsOf(batch: Batch): Feeds {
    const { rows, rowLength, inputIds, positionIds, segments } = batch.pack;
    const shape = [rows, rowLength];
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

  /** `total`: the weights of all targets of the step, of which these are a part. */
  async function lossAndGradients(
    batch: Batch,
    total: number,
    seeds: readonly number[],
  ): Promise<Record<string, Tensor>> {
    const shares = Float32Array.from(batch.labels, (_, i) => (batch.weights?.[i] ?? 1) / total);
    const feeds = {
      ...feedsOf(batch),
      labels: int32([batch.labels.length], batch.labels),
      shares: float32([shares.length], shares),
      ...dropoutFeeds(batch, seeds),
    };
    return step.run(feeds, ['loss', ...gradientNames]);
  }

  return {
    weights,
    moments,
    async step(batches, { learningRate, step: number, clipNorm }) {
      const total = batches.reduce((sum, batch) => sum + totalWeight(batch), 0);
      let loss = 0;
      let gradients: Float32Array[] = [];
      for (const [i, batch] of batches.entries()) {
        const outputs = await lossAndGradients(batch, total, [number, i]);
        loss += (outputs['loss']!.data as Float32Array)[0]!;
        const found = gradientNames.map((name) => outputs[name]!.data as Float32Array);
        gradients = gradients.length === 0 ? found : sumInto(gradients, found);
      }
      const scale = clipScale(globalNorm(gradients), clipNorm);
      graph.trained.forEach(({ name, shape }, i) => {
        const update = [weights.get(name)!, gradients[i]!, moments.get(name)!] as const;
        const rest = [number, learningRate, options.decays(name) ? optimizer : withoutDecay, scale] as const;
        if (options.sparse?.(name)) adamWRowsStep(...update, shape.at(-1)!, ...rest);
        else adamWStep(...update, ...rest);
      });
      return loss;
    },
    async logits(batch) {
      forward ??= await createOrtSession(graph.forward, options.ort);
      return (await forward.run(feedsOf(batch)))['logits']!.data as Float32Array;
    },
    async close() {
      await step.release();
      await forward?.release();
    },
  };
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
