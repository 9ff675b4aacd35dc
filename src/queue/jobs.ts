import type { Platform } from '../domain/message.ts';

/** What is drawn: a flag's card, or what a channel's cap held back in an hour, by our own number. */
export type CardJob = { flag: string } | { summary: number };

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
  /** A moment at which every community's answers are weighed again. */
  weighing: Record<string, never>;
}
export type QueueName = keyof Jobs;

export function cardsQueue<P extends Platform>(platform: P): `cards-${P}` {
  return `cards-${platform}`;
}
