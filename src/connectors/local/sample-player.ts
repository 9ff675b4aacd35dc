import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Card } from '../../domain/flag.ts';
import type { Answer } from '../../domain/label.ts';
import type { SamplePost } from './sample-conversation.ts';

/** How long the demo moderator waits for the first flag, in ms, and then for others to choose from, in paces. */
const FIRST_FLAG_MS = 30_000;
const SETTLING_PACES = 3;

export interface SamplePlayerOptions {
  posts: readonly SamplePost[];
  /** Between two posts, in ms. */
  paceMs: number;
  /** Posts as a member, under the given id. */
  post: (id: string, post: SamplePost) => Promise<void>;
  label: (flag: string, answer: Answer) => Promise<void>;
  signal: AbortSignal;
}

/**
 * Plays a conversation, then has a demo moderator answer one of its flags: rather one that the classifier got wrong,
 * for a correction is what a newcomer should see.
 */
export class SamplePlayer {
  readonly #options: SamplePlayerOptions;
  readonly #posted = new Map<string, SamplePost>();
  readonly #flagged = new Map<string, SamplePost>();
  readonly #firstFlag = Promise.withResolvers<void>();

  constructor(options: SamplePlayerOptions) {
    this.#options = options;
  }

  /** Resolves when all is played and one flag is answered. Rejects when the signal aborts. */
  async play(): Promise<void> {
    const { posts, paceMs, post, label, signal } = this.#options;
    for (const each of posts) {
      const id = randomUUID();
      this.#posted.set(id, each);
      await post(id, each);
      await wait(paceMs, undefined, { signal });
    }
    await Promise.race([this.#firstFlag.promise, wait(FIRST_FLAG_MS, undefined, { signal, ref: false })]);
    await wait(paceMs * SETTLING_PACES, undefined, { signal });
    const chosen = chooseFlag(this.#flagged);
    if (chosen !== null) await label(chosen.flag, chosen.answer);
  }

  /** Tells the player of every card, so that it knows what of its own was flagged. */
  shown(card: Card): void {
    const post = this.#posted.get(card.message.message);
    if (post === undefined) return;
    if (card.state === 'open') this.#flagged.set(card.flag, post);
    else this.#flagged.delete(card.flag);
    this.#firstFlag.resolve();
  }
}

/** A flag that was not deserved, else the first one; with the answer it deserves. */
export function chooseFlag(
  flagged: ReadonlyMap<string, Pick<SamplePost, 'polarized'>>,
): { flag: string; answer: Answer } | null {
  const entries = [...flagged];
  const [flag, post] = entries.find(([, { polarized }]) => !polarized) ?? entries[0] ?? [];
  if (flag === undefined || post === undefined) return null;
  return { flag, answer: post.polarized ? 'polarized' : 'not_polarized' };
}
