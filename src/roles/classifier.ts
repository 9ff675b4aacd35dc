import { openClassifier } from '../classifier/classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { classifyMessages } from '../pipeline/classify.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { ServiceStack } from '../runtime/service.ts';
import type { Foundation } from './foundation.ts';

/** Jobs of one transaction. More make it no cheaper, and hold the event loop of the embedded database for longer. */
const BATCH = 64;

/** Batches in hand at once: one is in the model while others are in the database. */
const BATCHES = 3;

/** Loads the model; it classifies what it is asked. */
export function loadClassifier(
  stack: ServiceStack,
  config: Pick<Config, 'base' | 'device' | 'precision' | 'threads' | 'cacheFolder'>,
  log: Logger,
): Promise<Classifier> {
  return stack.use(
    'model',
    () => openClassifier({ ...config, onNote: (note) => log.warn(note) }),
    (opened) => opened.close(),
  );
}

/** Takes messages off the queue and gives each its verdict. `onClassified` hears how many jobs were done, and may wait. */
export async function runClassifier(
  stack: ServiceStack,
  foundation: Foundation,
  { classify }: Pick<Classifier, 'classify'>,
  onClassified: (jobs: number) => void = () => {},
): Promise<void> {
  const handler = async (jobs: { message: number }[]): Promise<void> => {
    await classifyMessages({ ...foundation, classify }, jobs);
    onClassified(jobs.length);
  };
  await stack.use(
    'classifier',
    () => foundation.queues.startWorker({ queue: 'messages', batchSize: BATCH, concurrency: BATCHES, handler }),
    (worker) => worker.stop(),
  );
}
