import { setTimeout as sleep } from 'node:timers/promises';
import type { Moderation } from '../connectors/moderation.ts';
import { readLag } from '../queue/backlog.ts';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Database } from '../store/database.ts';

/** How often the backlog is looked at while posts come. */
const LOOK_MS = 1000;

export interface GateParts {
  database: Pick<Database, 'handle'>;
  log: Logger;
  /** Aborted once the process stops: who waits then is sent away. */
  signal: AbortSignal;
  /** How long the oldest post may wait for its verdict before new ones are held back, in s. */
  mostSeconds: number;
  lookMs?: number;
}

/**
 * Moderation whose `receive` waits while classifiers are too far behind, so that what waits stays where it came from: a
 * connector leaves it in its platform's history and reads it from there. Nothing is dropped, and both ends of it are said.
 */
export function gatedModeration<M extends Pick<Moderation, 'receive'>>(moderation: M, parts: GateParts): M {
  const { database, log, signal, mostSeconds, lookMs = LOOK_MS } = parts;
  let behind = false;
  let lookedAt = -Infinity;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    lookedAt = performance.now();
    try {
      const seconds = Math.round(await readLag(database, 'messages'));
      if (seconds > mostSeconds === behind) return;
      behind = !behind;
      if (behind) log.warn('classifiers are behind; new posts are held back', { seconds, mostSeconds });
      else log.info('classifiers have caught up; new posts are taken again');
    } catch (error) {
      // Storing a post would fail too, and says so.
      log.debug('the backlog cannot be read', { reason: messageOf(error) });
    }
  }

  async function pass(): Promise<void> {
    if (performance.now() - lookedAt >= lookMs) looking ??= look().finally(() => (looking = null));
    while (behind) {
      if (signal.aborted) throw stopped();
      await sleep(lookMs, undefined, { signal }).catch(() => {});
      await (looking ??= look().finally(() => (looking = null)));
    }
  }

  return {
    ...moderation,
    async receive(messages) {
      await pass();
      await moderation.receive(messages);
    },
  };
}

function stopped(): EvenkeelError {
  return new EvenkeelError('stopped', 'Posts were held back when the process stopped', {
    hint: 'They are read from history at the next start.',
  });
}
