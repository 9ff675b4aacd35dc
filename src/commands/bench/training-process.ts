import type { BertConfig } from '../../model/bert-config.ts';
import { classifierParameters, encoderParameters } from '../../model/bert-config.ts';
import { trainedParameters, type TrainingPlan } from '../../model/training-graph.ts';
import { float32, sizeOf, type Tensor } from '../../onnx/tensor.ts';
import { ADAMW_DEFAULTS } from '../../trainer/adamw.ts';
import { decays } from '../../trainer/decay.ts';
import { microBatchTokens, stepBatches } from '../../trainer/example-batches.ts';
import { initialWeights } from '../../trainer/initial-weights.ts';
import { seeded } from '../../trainer/random.ts';
import { openTrainingSession } from '../../trainer/training-session.ts';
import type { TrainingTask } from './training-task.ts';

/** A process of its own, so that its peak of memory is training's: takes posts as token ids, does a step, says how long it took. */
async function measure({ rank, threads, config }: TrainingTask): Promise<void> {
  const base = randomWeights(config);
  const lora = {
    r: rank,
    lora_alpha: 2 * rank,
    lora_dropout: 0.1,
    target_modules: ['query', 'value'],
    use_rslora: false,
  };
  const plan: TrainingPlan =
    rank === 0
      ? { config, objective: 'classification', method: 'full' }
      : { config, objective: 'classification', method: { lora }, base };
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

/** Weights of the deviation that BERT starts with; their values change nothing about the time a step takes. */
function randomWeights(config: BertConfig): Map<string, Tensor> {
  const random = seeded(1);
  const specs = [...encoderParameters(config), ...classifierParameters(config)];
  return new Map(
    specs.map(({ name, shape }) => {
      const values = new Float32Array(sizeOf(shape)).fill(name.endsWith('LayerNorm.weight') ? 1 : 0);
      if (shape.length === 2) for (let i = 0; i < values.length; i += 1) values[i] = 0.07 * (random() - 0.5);
      return [name, float32(shape, values)];
    }),
  );
}

process.once('message', (task: TrainingTask) => void measure(task));
