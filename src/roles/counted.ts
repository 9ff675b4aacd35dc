import type { Moderation } from '../connectors/moderation.ts';
import type { Platform } from '../domain/message.ts';
import type { Classify } from '../domain/verdict.ts';
import type { StoredVerdict } from '../pipeline/classify.ts';
import { readBacklog } from '../queue/backlog.ts';
import type { Backlog } from '../queue/backlog.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Foundation } from './foundation.ts';

/** The same, with what passes through counted. */
export function countedModeration(
  moderation: Moderation,
  { received, removed, labels }: Pick<Metrics, 'received' | 'removed' | 'labels'>,
): Moderation {
  return {
    ...moderation,
    async receive(messages) {
      await moderation.receive(messages);
      for (const { platform } of messages) received.inc({ platform });
    },
    async remove(messages) {
      await moderation.remove(messages);
      for (const { platform } of messages) removed.inc({ platform });
    },
    async label(input) {
      const card = await moderation.label(input);
      if (card !== null) labels.inc({ platform: input.community.platform, answer: input.answer });
      return card;
    },
  };
}

export function countedClassify(
  classify: Classify,
  { batchTexts, classifyDuration }: Pick<Metrics, 'batchTexts' | 'classifyDuration'>,
): Classify {
  return async (texts, communities) => {
    const ended = classifyDuration.startTimer();
    const verdicts = await classify(texts, communities);
    ended();
    batchTexts.observe(texts.length);
    return verdicts;
  };
}

export function countVerdicts(
  { verdicts: stored, unseen, verdictLatency }: Pick<Metrics, 'verdicts' | 'unseen' | 'verdictLatency'>,
  verdicts: readonly StoredVerdict[],
  now: number = Date.now(),
): void {
  for (const { platform, adapter, flagged, isSeen, receivedAt } of verdicts) {
    if (!isSeen) {
      unseen.inc({ platform });
      continue;
    }
    stored.inc({ platform, adapter, flagged: String(flagged) });
    // A clock of the database that runs ahead of ours must not count time backwards.
    verdictLatency.observe({ platform }, Math.max(0, (now - receivedAt.getTime()) / 1000));
  }
}

export function countCards(
  { cards }: Pick<Metrics, 'cards'>,
  platform: Platform,
  { shown, failed }: { shown: number; failed: number },
): void {
  cards.inc({ platform, outcome: 'shown' }, shown);
  cards.inc({ platform, outcome: 'failed' }, failed);
}

/** What waits in the queues, read whenever someone looks. Every process of a fleet says the same: the largest counts. */
export function showBacklog({ gauge }: Pick<Metrics, 'gauge'>, { database }: Pick<Foundation, 'database'>): void {
  // Both gauges are read at the same moment, mostly: then one look is enough.
  let looked: Promise<Backlog[]> | null = null;
  const look = (): Promise<Backlog[]> => {
    looked ??= readBacklog(database).finally(() => (looked = null));
    return looked;
  };
  gauge('evenkeel_queue_jobs', 'Jobs that wait.', ['queue'], async () =>
    (await look()).map(({ queue, jobs }) => [{ queue }, jobs] as const),
  );
  gauge('evenkeel_queue_oldest_seconds', 'How long the oldest job has waited.', ['queue'], async () =>
    (await look()).map(({ queue, oldestSeconds }) => [{ queue }, oldestSeconds] as const),
  );
}
