import { openClassifier } from '../classifier/classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { classifyMessages } from '../pipeline/classify.ts';
import type { StoredVerdict } from '../pipeline/classify.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { ServiceStack } from '../runtime/service.ts';
import type { Foundation } from './foundation.ts';

/** Jobs of one transaction. More make it no cheaper, and hold the event loop of the embedded database for longer. */
const BATCH = 64;

/** Batches in hand at once: one is in the model while others are in the database. */
const BATCHES = 3;

/** Loads the model; it classifies what it is asked. */
export async function loadClassifier(
  stack: ServiceStack,
  config: Pick<Config, 'base' | 'device' | 'precision' | 'threads' | 'workers' | 'batchTokens' | 'cacheFolder'>,
  log: Logger,
): Promise<Classifier> {
  const classifier = await stack.use(
    'model',
    () => openClassifier({ ...config, onNote: (note) => log.warn(note) }),
    (opened) => opened.close(),
  );
  const { model, device, refused } = classifier;
  log.info('model loaded', { model, device });
  for (const { device: other, reason } of refused) log.info('device not used', { device: other, reason });
  return classifier;
}

export interface ClassifierHooks {
  /** Hears how many jobs were done. */
  onClassified?: (jobs: number) => void;
  onStored?: (verdicts: readonly StoredVerdict[]) => void;
}

/** Takes messages off the queue and gives each its verdict. */
export async function runClassifier(
  stack: ServiceStack,
  foundation: Foundation,
  { classify }: Pick<Classifier, 'classify'>,
  { onClassified, onStored }: ClassifierHooks = {},
): Promise<void> {
  const handler = async (jobs: { message: number }[]): Promise<void> => {
    await classifyMessages({ ...foundation, classify, ...(onStored && { onStored }) }, jobs);
    onClassified?.(jobs.length);
  };
  await stack.use(
    'classifier',
    () => foundation.queues.startWorker({ queue: 'messages', batchSize: BATCH, concurrency: BATCHES, handler }),
    (worker) => worker.stop(),
  );
}
