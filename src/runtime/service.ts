import { EvenkeelError, messageOf } from './errors.ts';
import type { Logger } from './log.ts';

/** Something long-lived. `stop` finishes the work in hand; after it nothing of it runs. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How long one service may take to stop before the others go on without it, in ms. */
const STOP_LIMIT_MS = 10_000;

/**
 * Things opened in order and closed in reverse, each close awaited and bounded. States: open (takes more) -> stopping
 * (takes nothing, waits for the one being opened, closes) -> stopped. An open that fails closes everything before it.
 */
export class ServiceStack {
  readonly #log: Logger;
  readonly #stopLimitMs: number;
  readonly #closers: { name: string; close: () => Promise<void> }[] = [];
  readonly #abort = new AbortController();
  readonly #opening = new Set<Promise<unknown>>();
  #stopped: Promise<void> | null = null;

  constructor(log: Logger, options: { stopLimitMs?: number } = {}) {
    this.#log = log;
    this.#stopLimitMs = options.stopLimitMs ?? STOP_LIMIT_MS;
  }

  /** Aborted as soon as stopping begins: for loops that wait on something outside. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Opens something and keeps how to close it. What comes later stands on what came before, unless both are opened at once. */
  async use<T>(name: string, open: () => Promise<T>, close: (opened: T) => Promise<void>): Promise<T> {
    if (this.#stopped !== null) {
      throw new EvenkeelError('stopped', `${name} was not started: the process is stopping`, {
        hint: 'Start it again once it has stopped.',
      });
    }
    const opening = open().then((opened) => {
      this.#closers.push({ name, close: () => close(opened) });
      this.#log.debug('started', { service: name });
      return opened;
    });
    const settled = opening.catch(() => {}).finally(() => this.#opening.delete(settled));
    this.#opening.add(settled);
    try {
      return await opening;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Starts a service that is already made. */
  async start(name: string, service: Service): Promise<void> {
    await this.use(
      name,
      () => service.start(),
      () => service.stop(),
    );
  }

  /** Closes everything in reverse; safe to call again. Never rejects: what fails to close is logged. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#opening);
    for (const { name, close } of this.#closers.reverse()) {
      try {
        await within(this.#stopLimitMs, close());
        this.#log.debug('stopped', { service: name });
      } catch (error) {
        this.#log.error('did not stop cleanly', { service: name, reason: messageOf(error) });
      }
    }
  }
}

/**
 * What two parts come to that are opened on one stack at once. Where one fails the stack stops, so the other is refused or
 * closed: the reason is the failure that came first, not that.
 */
export async function bothOpened<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  const reasons = [first, second].flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  throw reasons.find((reason) => !isStopped(reason)) ?? reasons[0];
}

function isStopped(reason: unknown): boolean {
  return reason instanceof EvenkeelError && reason.code === 'stopped';
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`still stopping after ${limitMs / 1000} s`)), limitMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
