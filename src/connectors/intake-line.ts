import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Message, MessageAddress } from '../domain/message.ts';
import type { Intake } from './moderation.ts';

/** Posts handed over at once. */
const BATCH = 128;
const FIRST_WAIT_MS = 500;
/** Short enough that posts flow again within seconds of an outage. */
const LONGEST_WAIT_MS = 5_000;

/** Posts that wait at most: beyond that they are left to history, which keeps them, and read from there. */
const MOST_WAITING = 5000;

type Step =
  | { kind: 'receive'; message: Message }
  | { kind: 'remove'; addresses: MessageAddress[] }
  | { kind: 'run'; work: () => Promise<void> };

export interface LineParts {
  intake: Pick<Intake, 'receive' | 'remove'>;
  /** Live posts up to a moment are stored. */
  passed(to: Date): Promise<void>;
  /** Too many posts waited, so that some were left to history: reads them from there. */
  overflowed(): Promise<void>;
  log: Logger;
  /** Once it is aborted, what fails is not tried again, and nothing after it is done. */
  signal: AbortSignal;
  most?: number;
}

/** Whether every id is text, whatever the platform sent. */
function isAddress({ platform: _platform, ...ids }: MessageAddress): boolean {
  return [ids.community, ids.channel, ids.message].every((id: unknown) => typeof id === 'string' && id !== '');
}

/** Nobody waits any more. */
class GivenUp extends Error {}

/**
 * What happens in one community, in its order: nothing overtakes, and what could not be stored is tried again until it is. So
 * whatever a killed process had not stored is newer than all that it had, and history can be read from there.
 */
export class IntakeLine {
  readonly #parts: LineParts;
  #steps: Step[] = [];
  #posts = 0;
  #leavesToHistory = false;
  #ended = false;
  #running: Promise<void> | null = null;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  receive(message: Message): void {
    if (!this.#isPost(message)) return;
    // An edit of an older post is not found again by reading on from there.
    const isNew = message.revision === 0;
    if (isNew && this.#leavesToHistory) return;
    if (isNew && this.#posts >= (this.#parts.most ?? MOST_WAITING)) return this.#leaveToHistory();
    this.#posts += 1;
    this.#add({ kind: 'receive', message });
  }

  remove(addresses: MessageAddress[]): void {
    this.#add({ kind: 'remove', addresses: addresses.filter(isAddress) });
  }

  /** Does something when its turn comes, until it succeeds; what came later waits for it. */
  run(work: () => Promise<void>): void {
    this.#add({ kind: 'run', work });
  }

  /** Stores posts at once, for work whose turn it is. */
  async store(given: readonly Message[]): Promise<void> {
    const messages = given.filter((message) => this.#isPost(message));
    for (let at = 0; at < messages.length; at += BATCH) await this.#receive(messages.slice(at, at + BATCH));
  }

  /** Forgets what waits. */
  clear(): void {
    this.#steps = [];
    this.#posts = 0;
    this.#leavesToHistory = false;
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** What no database could store would be tried for ever, and all that comes with it and after it would wait. */
  #isPost(message: Message): boolean {
    const { author, text, revision, postedAt, attachments = 0 } = message;
    const known =
      isAddress(message) &&
      typeof author === 'string' &&
      typeof text === 'string' &&
      Number.isSafeInteger(revision) &&
      Number.isSafeInteger(attachments) &&
      !Number.isNaN(postedAt.getTime());
    if (!known) this.#parts.log.warn('a post was left out that is not as its platform writes posts');
    return known;
  }

  #leaveToHistory(): void {
    this.#leavesToHistory = true;
    this.#parts.log.warn('too many posts wait to be stored; the rest is read from history', { waiting: this.#posts });
    this.run(() => {
      this.#leavesToHistory = false;
      return this.#parts.overflowed();
    });
  }

  #add(step: Step): void {
    if (this.#ended) return;
    this.#steps.push(step);
    this.#running ??= this.#work().finally(() => (this.#running = null));
  }

  async #work(): Promise<void> {
    // Not in the caller's turn, so that what is added together is handed over together.
    await Promise.resolve();
    try {
      for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) await this.#do(step);
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
      // What comes later must not be stored either: it would hide that something before it is missing.
      this.#ended = true;
      this.clear();
    }
  }

  async #do(step: Step): Promise<void> {
    if (step.kind === 'receive') {
      const posts = this.#takePosts();
      await this.#receive(posts);
      await this.#passed(posts);
      return;
    }
    this.#steps.shift();
    await (step.kind === 'remove' ? this.#remove(step.addresses) : this.#run(step.work));
  }

  async #passed(posts: readonly Message[]): Promise<void> {
    try {
      await this.#parts.passed(new Date(Math.max(...posts.map(({ postedAt }) => postedAt.getTime()))));
    } catch (error) {
      this.#parts.log.warn('how far posts are known was not noted', { reason: messageOf(error) });
    }
  }

  #takePosts(): Message[] {
    const end = this.#steps.findIndex(({ kind }) => kind !== 'receive');
    const some = this.#steps.splice(0, Math.min(BATCH, end === -1 ? this.#steps.length : end));
    this.#posts -= some.length;
    return some.flatMap((step) => (step.kind === 'receive' ? [step.message] : []));
  }

  #receive(messages: readonly Message[]): Promise<void> {
    return this.#persist(messages, (some) => this.#parts.intake.receive(some));
  }

  #remove(addresses: readonly MessageAddress[]): Promise<void> {
    return this.#persist(addresses, (some) => this.#parts.intake.remove(some));
  }

  async #run(work: () => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
      try {
        return await work();
      } catch (error) {
        if (this.#parts.signal.aborted) throw new GivenUp('stopped');
        this.#parts.log.error('catching up failed', { reason: messageOf(error) });
        await this.#pause(waitMs);
      }
    }
  }

  /** Until it succeeds. What is at fault itself is given up alone. */
  async #persist<T>(items: readonly T[], store: (items: readonly T[]) => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
      try {
        return await store(items);
      } catch (error) {
        const atFault = error instanceof EvenkeelError && error.code === 'input';
        if (atFault && items.length > 1) {
          for (const item of items) await this.#persist([item], store);
          return;
        }
        // Said once: what is tried again fails for the same reason.
        if (atFault || waitMs === FIRST_WAIT_MS) {
          this.#parts.log.error('posts were not stored', { posts: items.length, reason: messageOf(error) });
        }
        if (atFault) return;
        await this.#pause(waitMs);
      }
    }
  }

  /** Throws where no one waits any more. */
  #pause(ms: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (): void => reject(new GivenUp('stopped'));
    const timer = setTimeout(resolve, ms);
    this.#parts.signal.addEventListener('abort', end);
    if (this.#parts.signal.aborted) end();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#parts.signal.removeEventListener('abort', end);
    });
  }
}
