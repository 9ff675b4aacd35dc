import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Message, MessageAddress } from '../domain/message.ts';
import type { Intake } from './moderation.ts';

/** Posts handed over at once. */
const BATCH = 128;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

type Step =
  | { kind: 'receive'; message: Message }
  | { kind: 'remove'; addresses: MessageAddress[] }
  | { kind: 'run'; work: () => Promise<void> };

/**
 * What happens in one community, in its order: nothing overtakes, and what could not be stored is tried again until it is. So
 * whatever a killed process had not stored is newer than all that it had, and history can be read from there.
 */
export class IntakeLine {
  readonly #intake: Pick<Intake, 'receive' | 'remove'>;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  #steps: Step[] = [];
  #running: Promise<void> | null = null;

  /** Once `signal` is aborted, what fails is not tried again. */
  constructor(intake: Pick<Intake, 'receive' | 'remove'>, log: Logger, signal: AbortSignal) {
    this.#intake = intake;
    this.#log = log;
    this.#signal = signal;
  }

  receive(message: Message): void {
    this.#add({ kind: 'receive', message });
  }

  remove(addresses: MessageAddress[]): void {
    this.#add({ kind: 'remove', addresses });
  }

  /** Does something when its turn comes, until it succeeds; what came later waits for it. */
  run(work: () => Promise<void>): void {
    this.#add({ kind: 'run', work });
  }

  /** Stores posts at once, for work whose turn it is. */
  async store(messages: readonly Message[]): Promise<void> {
    for (let at = 0; at < messages.length; at += BATCH) await this.#receive(messages.slice(at, at + BATCH));
  }

  /** Forgets what waits. */
  clear(): void {
    this.#steps = [];
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #add(step: Step): void {
    this.#steps.push(step);
    this.#running ??= this.#work().finally(() => (this.#running = null));
  }

  async #work(): Promise<void> {
    // Not in the caller's turn, so that what is added together is handed over together.
    await Promise.resolve();
    for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
      if (step.kind === 'receive') await this.#receive(this.#takePosts());
      else {
        this.#steps.shift();
        await (step.kind === 'remove' ? this.#remove(step.addresses) : this.#run(step.work));
      }
    }
  }

  #takePosts(): Message[] {
    const end = this.#steps.findIndex(({ kind }) => kind !== 'receive');
    const some = this.#steps.splice(0, Math.min(BATCH, end === -1 ? this.#steps.length : end));
    return some.flatMap((step) => (step.kind === 'receive' ? [step.message] : []));
  }

  #receive(messages: readonly Message[]): Promise<void> {
    return this.#persist(messages, (some) => this.#intake.receive(some));
  }

  #remove(addresses: readonly MessageAddress[]): Promise<void> {
    return this.#persist(addresses, (some) => this.#intake.remove(some));
  }

  async #run(work: () => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
      try {
        return await work();
      } catch (error) {
        if (this.#signal.aborted) return;
        this.#log.error('catching up failed', { reason: messageOf(error) });
        if (!(await this.#pause(waitMs))) return;
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
        this.#log.error('posts were not stored', { posts: items.length, reason: messageOf(error) });
        if (atFault || !(await this.#pause(waitMs))) return;
      }
    }
  }

  /** False where no one waits any more. */
  #pause(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const end = (): void => resolve(false);
    const timer = setTimeout(() => resolve(true), ms);
    this.#signal.addEventListener('abort', end);
    if (this.#signal.aborted) end();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', end);
    });
  }
}
