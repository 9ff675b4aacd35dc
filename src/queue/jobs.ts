import type { RunCause } from '../domain/lesson.ts';
import type { Platform } from '../domain/message.ts';

/** What is drawn: a flag's card, what a channel's cap held back in an hour, or a weekly report, by our own numbers. */
export type CardJob = { flag: string } | { summary: number } | { report: number };

/** What each queue's jobs carry: ids, never text. */
export interface Jobs {
  /** A message whose latest revision wants a verdict, by our own number. */
  messages: { message: number };
  /** A flag whose card is to be drawn on that platform, so that a process takes those of its own platforms. */
  'cards-local': CardJob;
  'cards-discord': CardJob;
  'cards-slack': CardJob;
  /** A moment at which texts past their retention go. */
  retention: Record<string, never>;
  /** Adapters to train: one, those of a community, or all of which something was decided. */
  retrain: { cause: RunCause; community?: number; language?: string };
  /** A moment at which served versions are looked after. */
  watch: Record<string, never>;
}
export type QueueName = keyof Jobs;

export function cardsQueue<P extends Platform>(platform: P): `cards-${P}` {
  return `cards-${platform}`;
}
