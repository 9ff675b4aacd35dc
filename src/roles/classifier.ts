import { openClassifier } from '../classifier/classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { classifyMessages } from '../pipeline/classify.ts';
import type { StoredVerdict } from '../pipeline/classify.ts';
import { messagesOf } from '../queue/jobs.ts';
import type { MessagesJob } from '../queue/jobs.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { ServiceStack } from '../runtime/service.ts';
import type { Foundation } from './foundation.ts';
import type { Shedding } from './shedding.ts';

/** Jobs taken at once. At load each carries many messages, in quiet times one. */
const JOBS = 16;

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
  /** Hears how many messages were dealt with. */
  onClassified?: (messages: number) => void;
  onStored?: (verdicts: readonly StoredVerdict[]) => void;
  /** Passes posts over in an overload; without it none are. */
  shedding?: Shedding | null;
}

/** Takes messages off the queue and gives each its verdict. */
export async function runClassifier(
  stack: ServiceStack,
  foundation: Foundation,
  { classify }: Pick<Classifier, 'classify'>,
  { onClassified, onStored, shedding }: ClassifierHooks = {},
): Promise<void> {
  const { queues, database } = foundation;
  const heard = (stored: readonly StoredVerdict[]): void => {
    shedding?.passedOver(stored.filter(({ isSeen }) => !isSeen).length);
    onStored?.(stored);
  };
  const handler = async (jobs: MessagesJob[]): Promise<void> => {
    await classifyMessages({ ...foundation, classify, onStored: heard, unseenFrom: shedding?.unseenFrom }, jobs);
    onClassified?.(jobs.flatMap(messagesOf).length);
  };
  await stack.use(
    'classifier',
    () =>
      queues.startWorker({
        queue: 'messages',
        batchSize: JOBS,
        callSize: database.transactionRows,
        concurrency: BATCHES,
        handler,
      }),
    (worker) => worker.stop(),
  );
}
