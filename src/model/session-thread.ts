import { Worker } from 'node:worker_threads';
import { EvenkeelError } from '../runtime/errors.ts';
import type { Feeds } from './ort.ts';
import { isOutOfMemory } from './out-of-memory.ts';
import type { SessionReply, SessionRequest, SessionWorkerData } from './session-worker.ts';

/** A request is given up when its worker has died this often while running it, and a thread that died this often at its start. */
const ATTEMPTS = 3;

/** Starts the thread of a session; tests pass their own to get hold of it. */
export interface StartWorker {
  (data: SessionWorkerData): Worker;
}

interface Pending extends PromiseWithResolvers<Feeds> {
  request: SessionRequest;
  deaths: number;
}

const CLOSE: SessionRequest = { id: 0, kind: 'close' };

export const startSessionWorker: StartWorker = (data) => {
  const file = new URL('./session-worker.ts', import.meta.url);
  // In the built package this file and its neighbour are JavaScript.
  if (import.meta.url.endsWith('.js')) file.pathname = file.pathname.replace(/\.ts$/, '.js');
  return new Worker(file, { workerData: data, name: 'onnxruntime' });
};

/**
 * One worker thread with one onnxruntime session, replaced when it dies. Requests are answered in order. States:
 * starting (requests wait in the thread's mailbox) -> serving (the oldest request is running) -> starting again when the
 * thread dies, with the constants that it had acknowledged and then every unanswered request in the same order, so that a
 * run sees the constants that it was made for -> closed. Where no thread can be started, what waits fails and the next
 * request tries again.
 * Nothing here calls `terminate`: onnxruntime-node aborts the whole process when its thread is ended inside a run.
 */
export class SessionThread {
  readonly #name: string;
  readonly #data: SessionWorkerData;
  readonly #start: StartWorker;
  readonly #unanswered: Pending[] = [];
  readonly #opened = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #worker: Worker | null = null;
  #serving = false;
  #deathsAtStart = 0;
  #strays: readonly string[] = [];
  #lastId = 0;
  #closed = false;

  constructor(name: string, data: SessionWorkerData, start: StartWorker) {
    this.#name = name;
    this.#data = { ...data };
    this.#start = start;
  }

  /** How many requests wait or run. */
  get load(): number {
    return this.#unanswered.length;
  }

  /** What the first run computed on the processor instead of the device: see placement.ts. */
  get strays(): readonly string[] {
    return this.#strays;
  }

  /** Starts the thread; rejects where the device does not take the graph. */
  open(): Promise<void> {
    this.#launch();
    return this.#opened.promise;
  }

  run(feeds: Feeds, fetches: readonly string[]): Promise<Feeds> {
    return this.#ask((id) => ({ id, kind: 'run', feeds, fetches }));
  }

  async setConstants(constants: Feeds): Promise<void> {
    await this.#ask((id) => ({ id, kind: 'constants', constants }));
  }

  /** Ends the thread once what was asked of it is answered. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      if (this.#worker) this.#worker.postMessage(CLOSE);
      else this.#gone.resolve();
    }
    return this.#gone.promise;
  }

  #ask(request: (id: number) => SessionRequest): Promise<Feeds> {
    if (this.#closed) return Promise.reject(closed(this.#name));
    this.#lastId += 1;
    const pending = { ...Promise.withResolvers<Feeds>(), request: request(this.#lastId), deaths: 0 };
    this.#unanswered.push(pending);
    if (this.#worker) this.#worker.postMessage(pending.request);
    else this.#launch();
    return pending.promise;
  }

  #launch(): void {
    const worker = this.#start(this.#data);
    this.#worker = worker;
    this.#serving = false;
    let reason = 'it ended by itself';
    worker.on('message', (reply: SessionReply) => {
      if (this.#worker === worker) this.#take(reply);
    });
    worker.on('error', (error: Error) => {
      reason = error.message;
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#bury(reason);
    });
    for (const { request } of this.#unanswered) worker.postMessage(request);
    if (this.#closed) worker.postMessage(CLOSE);
  }

  #take(reply: SessionReply): void {
    if (reply.kind === 'ready') {
      this.#serving = true;
      this.#deathsAtStart = 0;
      this.#opened.resolve();
    } else if (reply.kind === 'unusable') {
      this.#giveUp(unusable(this.#name, this.#data.device, reply.reason));
    } else {
      this.#answer(reply);
    }
  }

  #answer(reply: Extract<SessionReply, { id: number }>): void {
    const pending = this.#unanswered.shift()!;
    if (reply.kind === 'failed') {
      pending.reject(failed(this.#name, this.#data.device, reply.reason));
      return;
    }
    if (reply.strays) this.#strays = reply.strays;
    if (pending.request.kind === 'constants') this.#data.constants = pending.request.constants;
    pending.resolve(reply.outputs);
  }

  /** The thread died; while serving, the oldest request was in its hands. */
  #bury(reason: string): void {
    this.#worker = null;
    const [inHand] = this.#unanswered;
    if (!this.#serving) {
      this.#deathsAtStart += 1;
      if (this.#deathsAtStart >= ATTEMPTS)
        return this.#giveUp(crashed('device', this.#name, this.#data.device, reason));
    } else if (inHand) {
      inHand.deaths += 1;
      // It may be one item of the run that kills; the rest can be asked for without it.
      const deadly = crashed('too-large', this.#name, this.#data.device, reason);
      if (inHand.deaths >= ATTEMPTS) this.#unanswered.shift()!.reject(deadly);
    }
    if (this.#closed && this.#unanswered.length === 0) this.#gone.resolve();
    else this.#launch();
  }

  #giveUp(error: EvenkeelError): void {
    this.#worker = null;
    this.#deathsAtStart = 0;
    if (this.#closed) this.#gone.resolve();
    this.#opened.reject(error);
    for (const { request, resolve, reject } of this.#unanswered.splice(0)) {
      if (request.kind !== 'constants') {
        reject(error);
        continue;
      }
      // The next thread starts with them.
      this.#data.constants = request.constants;
      resolve({});
    }
  }
}

function unusable(name: string, device: string, reason: string): EvenkeelError {
  return new EvenkeelError('device', `${device} does not take ${name}: ${reason}`, {
    hint: 'Run `evenkeel doctor` to see what this machine has, or set EVENKEEL_DEVICE=cpu.',
  });
}

function failed(name: string, device: string, reason: string): EvenkeelError {
  const what = `onnxruntime could not run ${name} on ${device}: ${reason}`;
  if (!isOutOfMemory(reason))
    return new EvenkeelError('device', what, { hint: 'Try EVENKEEL_DEVICE=cpu, and report it.' });
  return new EvenkeelError('too-large', what, {
    hint: 'Close what else uses the memory; where EVENKEEL_WORKERS is above 1, lower it; or set EVENKEEL_DEVICE=cpu.',
  });
}

function crashed(code: 'device' | 'too-large', name: string, device: string, reason: string): EvenkeelError {
  return new EvenkeelError(code, `The thread of ${name} on ${device} died ${ATTEMPTS} times over: ${reason}`, {
    hint: 'It may have run out of memory: close what else uses it, or try EVENKEEL_DEVICE=cpu.',
  });
}

function closed(name: string): EvenkeelError {
  return new EvenkeelError('stopped', `${name} was asked to run after it was closed`, {
    hint: 'Start Evenkeel again once it has stopped.',
  });
}
