import type { RunCause } from '../domain/lesson.ts';
import type { Platform } from '../domain/message.ts';

/** What is drawn: a flag's card, what a channel's cap held back in an hour, or a weekly report, by our own numbers. */
export type CardJob = { flag: string } | { summary: number } | { report: number };

/**
 * Messages whose latest revisions want a verdict, by our own numbers. `alone`: shares no call of the handler with others,
 * because it comes of a job that failed. `message`: how the version before wrote it, one message a job.
 */
export type MessagesJob = { messages: readonly number[]; alone?: true } | { message: number };

/** What each queue's jobs carry: ids, never text. */
export interface Jobs {
  messages: MessagesJob;
  /** A flag whose card is to be drawn on that platform, so that a process takes those of its own platforms. */
  'cards-local': CardJob;
  'cards-discord': CardJob;
  'cards-slack': CardJob;
  /** A moment at which texts past their retention go. */
  retention: Record<string, never>;
  /** A moment at which every community's answers are weighed again. */
  weighing: Record<string, never>;
  /**
   * Adapters to train: one, those of a community, or all of which something was decided. `asked`: the database's time at
   * which that was wanted (ISO 8601); a run that ended since is what was wanted.
   */
  retrain: { cause: RunCause; community?: number; language?: string; asked?: string };
  /** A moment at which served versions are looked after. */
  watch: Record<string, never>;
}
export type QueueName = keyof Jobs;
type Payload = Jobs[QueueName];

/** Messages of one job: enough that a job's own cost is small, few enough that several workers share a burst. */
const JOB_MESSAGES = 64;

export function cardsQueue<P extends Platform>(platform: P): `cards-${P}` {
  return `cards-${platform}`;
}

/** Jobs that carry these messages between them. */
export function messagesJobs(messages: readonly number[]): MessagesJob[] {
  const count = Math.ceil(messages.length / JOB_MESSAGES);
  return Array.from({ length: count }, (_, at) => ({
    messages: messages.slice(at * JOB_MESSAGES, (at + 1) * JOB_MESSAGES),
  }));
}

export function messagesOf(job: MessagesJob): readonly number[] {
  return 'message' in job ? [job.message] : job.messages;
}

/** How much of a handler's work a job is. */
export function sizeOf(payload: Payload): number {
  return manyOf(payload)?.messages.length ?? 1;
}

export function isAlone(payload: Payload): boolean {
  return manyOf(payload)?.alone === true;
}

/** Two jobs that carry one's messages between them, so that what is at fault is found in a few steps; none of a single one. */
export function halvesOf(payload: Payload): MessagesJob[] {
  const { messages = [] } = manyOf(payload) ?? {};
  if (messages.length < 2) return [];
  const middle = Math.ceil(messages.length / 2);
  return [messages.slice(0, middle), messages.slice(middle)].map((half) => ({ messages: half, alone: true }));
}

function manyOf(payload: Payload): Extract<MessagesJob, { messages: unknown }> | null {
  return 'messages' in payload && Array.isArray(payload['messages']) ? (payload as ReturnType<typeof manyOf>) : null;
}
