import type { BuiltModel } from '../onnx/graph.ts';
import type { Provider } from '../runtime/config.ts';
import type { Feeds } from './ort.ts';
import { SessionThread, startSessionWorker, type StartWorker } from './session-thread.ts';

export interface SessionOptions {
  /** What errors call it: "the inference graph of adapters/mini". */
  name: string;
  /** Weights outside its bytes are shared with the threads: give them as SharedArrayBuffer to spare a copy. */
  model: BuiltModel;
  device: Provider;
  /** Intra-op threads of each worker. */
  threads: number;
  /** Worker threads, each with an onnxruntime session of its own. Default 1. */
  workers?: number;
  /** Feeds of every run, until `setConstants`. */
  constants?: Feeds;
  startWorker?: StartWorker;
}

/**
 * A graph that runs off the calling thread. Feeds are copied to a worker unless they lie in a SharedArrayBuffer; outputs
 * are handed over without a copy. A worker that dies is replaced and its run repeated; a run fails with an EvenkeelError.
 */
export interface Session {
  readonly device: Provider;
  readonly workers: number;
  /** The operators that the first run computed on the processor instead of on the device, where it was another one. */
  readonly strays: readonly string[];
  run(feeds: Feeds, fetches: readonly string[]): Promise<Feeds>;
  /**
   * Replaces all feeds of every run at once: runs asked for before see the old ones, later runs the new ones, none a mix.
   * Resolves once every worker has them. What lies in a SharedArrayBuffer may be edited in place for runs yet to be asked for.
   */
  setConstants(constants: Feeds): Promise<void>;
  /** Waits for what was asked, then ends the threads. */
  close(): Promise<void>;
}

/** Rejects with a `device` error where the device does not take the graph. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { name, device, threads, constants = {}, startWorker = startSessionWorker } = options;
  const model = shared(options.model);
  const pool = Array.from(
    { length: options.workers ?? 1 },
    () => new SessionThread(name, { model, device, threads, constants }, startWorker),
  );
  const close = async (): Promise<void> => {
    await Promise.all(pool.map((thread) => thread.close()));
  };
  try {
    await Promise.all(pool.map((thread) => thread.open()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    device,
    workers: pool.length,
    get strays() {
      return pool.flatMap(({ strays }) => strays);
    },
    run: (feeds, fetches) => leastLoaded(pool).run(feeds, fetches),
    setConstants: async (next) => {
      await Promise.all(pool.map((thread) => thread.setConstants(next)));
    },
    close,
  };
}

function leastLoaded(pool: readonly SessionThread[]): SessionThread {
  return pool.reduce((best, thread) => (thread.load < best.load ? thread : best));
}

/** The weights where every thread sees them, and a replacement too. */
function shared({ bytes, externalData, ...stored }: BuiltModel): BuiltModel {
  return {
    ...stored,
    bytes,
    externalData: externalData.map(({ path, data }) => {
      if (data.buffer instanceof SharedArrayBuffer) return { path, data };
      const copy = new Uint8Array(new SharedArrayBuffer(data.byteLength));
      copy.set(data);
      return { path, data: copy };
    }),
  };
}
