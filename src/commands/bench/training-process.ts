import { trainedParameters, type TrainingPlan } from '../../model/training-graph.ts';
import { ADAMW_DEFAULTS } from '../../trainer/adamw.ts';
import { decays } from '../../trainer/decay.ts';
import { microBatchTokens, stepBatches } from '../../trainer/example-batches.ts';
import { initialWeights } from '../../trainer/initial-weights.ts';
import { seeded } from '../../trainer/random.ts';
import { openTrainingSession } from '../../trainer/training-session.ts';
import { loraOf, randomWeights } from './random-base.ts';
import type { TrainingTask } from './training-task.ts';

/** A process of its own, so that its peak of memory is training's: takes posts as token ids, does a step, says how long it took. */
async function measure({ rank, threads, config }: TrainingTask): Promise<void> {
  const base = randomWeights(config);
  const plan: TrainingPlan =
    rank === 0
      ? { config, objective: 'classification', method: 'full' }
      : { config, objective: 'classification', method: { lora: loraOf(rank) }, base };
  const specs = trainedParameters(plan);
  const initial =
    rank === 0
      ? new Map([...base].map(([name, { data }]) => [name, data as Float32Array]))
      : initialWeights(specs, config.initializer_range, seeded(1));
  const session = await openTrainingSession({
    plan,
    initial,
    optimizer: ADAMW_DEFAULTS,
    learningRate: () => 1e-5,
    clipNorm: 1,
    decays,
    seed: 1,
    ort: { threads },
  });
  process.on('message', (posts: number[][]) => {
    const examples = posts.map((tokens, i) => ({
      tokens: Int32Array.from(tokens),
      label: (i % 2) as 0 | 1,
      language: 'en',
    }));
    const startedAt = performance.now();
    const weights = new Float32Array(posts.length).fill(1);
    const batches = stepBatches(examples, weights, examples.keys(), microBatchTokens(config));
    void session.step(batches).then(() => {
      const seconds = (performance.now() - startedAt) / 1000;
      return process.send!({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 });
    });
  });
  process.send!('ready');
}

process.once('message', (task: TrainingTask) => void measure(task));
