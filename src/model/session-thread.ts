import { Worker } from 'node:worker_threads';
import { EvenkeelError } from '../runtime/errors.ts';
import type { Feeds } from './ort.ts';
import type { RefusedDevice, SessionReply, SessionRequest, SessionWorkerData } from './session-worker.ts';

/** A request is given up when its worker has died this often while running it, and a thread that died this often at its start. */
const ATTEMPTS = 3;

/** Starts the thread of a session; tests pass their own to get hold of it. */
export interface StartWorker {
  (data: SessionWorkerData): Worker;
}

/** Which execution provider took the graph, and which did not. */
export interface TakenDevice {
  device: string;
  refused: readonly RefusedDevice[];
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
  readonly #opened = Promise.withResolvers<TakenDevice>();
  readonly #gone = Promise.withResolvers<void>();
  #worker: Worker | null = null;
  #serving = false;
  #deathsAtStart = 0;
  #device: string;
  #lastId = 0;
  #closed = false;

  constructor(name: string, data: SessionWorkerData, start: StartWorker) {
    this.#name = name;
    this.#data = { ...data };
    this.#start = start;
    this.#device = data.providers.join(', ');
  }

  /** How many requests wait or run. */
  get load(): number {
    return this.#unanswered.length;
  }

  /** Starts the thread; rejects where no device takes the graph. */
  open(): Promise<TakenDevice> {
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
      this.#device = reply.device;
      this.#opened.resolve({ device: reply.device, refused: reply.refused });
    } else if (reply.kind === 'unusable') {
      this.#giveUp(unusable(this.#name, reply.refused));
    } else {
      this.#answer(reply);
    }
  }

  #answer(reply: Extract<SessionReply, { id: number }>): void {
    const pending = this.#unanswered.shift()!;
    if (reply.kind === 'failed') {
      pending.reject(failed(this.#name, this.#device, reply.reason));
      return;
    }
    if (pending.request.kind === 'constants') this.#data.constants = pending.request.constants;
    pending.resolve(reply.outputs);
  }

  /** The thread died; while serving, the oldest request was in its hands. */
  #bury(reason: string): void {
    this.#worker = null;
    const error = crashed(this.#name, this.#device, reason);
    const [inHand] = this.#unanswered;
    if (!this.#serving) {
      this.#deathsAtStart += 1;
      if (this.#deathsAtStart >= ATTEMPTS) return this.#giveUp(error);
    } else if (inHand) {
      inHand.deaths += 1;
      if (inHand.deaths >= ATTEMPTS) this.#unanswered.shift()!.reject(error);
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

function unusable(name: string, refused: readonly RefusedDevice[]): EvenkeelError {
  const reasons = refused.map(({ device, reason }) => `${device}: ${reason}`).join('; ');
  return new EvenkeelError('device', `No device takes ${name} (${reasons})`, {
    hint: 'Run `evenkeel doctor` to see what this machine has, or set EVENKEEL_DEVICE=cpu.',
  });
}

function failed(name: string, device: string, reason: string): EvenkeelError {
  return new EvenkeelError('device', `onnxruntime could not run ${name} on ${device}: ${reason}`, {
    hint: 'Where memory ran out, close what else uses it; otherwise try EVENKEEL_DEVICE=cpu, and report it.',
  });
}

function crashed(name: string, device: string, reason: string): EvenkeelError {
  return new EvenkeelError('device', `The thread of ${name} on ${device} died ${ATTEMPTS} times over: ${reason}`, {
    hint: 'It may have run out of memory: close what else uses it, or try EVENKEEL_DEVICE=cpu.',
  });
}

function closed(name: string): EvenkeelError {
  return new EvenkeelError('stopped', `${name} was asked to run after it was closed`, {
    hint: 'Start Evenkeel again once it has stopped.',
  });
}
