import { parentPort, workerData } from 'node:worker_threads';
import type { BuiltModel } from '../onnx/graph.ts';
import { messageOf } from '../runtime/errors.ts';
import { createOrtSession, type Feeds, type OrtSession } from './ort.ts';

/** What a worker is started with: one graph, and the execution providers to try in order. */
export interface SessionWorkerData {
  model: BuiltModel;
  providers: readonly string[];
  threads: number;
  /** Feeds of every run. */
  constants: Feeds;
}

export type SessionRequest =
  | { id: number; kind: 'run'; feeds: Feeds; fetches: readonly string[] }
  | { id: number; kind: 'constants'; constants: Feeds }
  | { id: number; kind: 'close' };

export type SessionReply =
  | { kind: 'ready'; device: string; refused: RefusedDevice[] }
  | { kind: 'unusable'; refused: RefusedDevice[] }
  | { kind: 'done'; id: number; outputs: Feeds }
  | { kind: 'failed'; id: number; reason: string };

/** An execution provider that could not be used, and what onnxruntime said. */
export interface RefusedDevice {
  device: string;
  reason: string;
}

/** The thread's whole life: make the session, then answer one request after the other, in order, until `close`. */
async function serve({ model, providers, threads, constants: first }: SessionWorkerData): Promise<void> {
  const port = parentPort!;
  const reply = (message: SessionReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

  const refused: RefusedDevice[] = [];
  let session: OrtSession | null = null;
  for (const device of providers) {
    try {
      session = await createOrtSession(model, { providers: [device], threads });
      reply({ kind: 'ready', device, refused });
      break;
    } catch (error) {
      refused.push({ device, reason: messageOf(error) });
    }
  }
  if (!session) return reply({ kind: 'unusable', refused });

  let constants = first;
  const answer = async (request: SessionRequest): Promise<void> => {
    if (request.kind === 'close') {
      await session.release();
      port.close();
      return;
    }
    if (request.kind === 'constants') {
      constants = request.constants;
      return reply({ kind: 'done', id: request.id, outputs: {} });
    }
    try {
      const outputs = await session.run({ ...constants, ...request.feeds }, request.fetches);
      reply({ kind: 'done', id: request.id, outputs }, buffersOf(outputs));
    } catch (error) {
      reply({ kind: 'failed', id: request.id, reason: messageOf(error) });
    }
  };
  // A run is awaited before the next request is looked at, so constants never change in the middle of one.
  let turn = Promise.resolve();
  port.on('message', (request: SessionRequest) => {
    turn = turn.then(() => answer(request));
  });
}

function buffersOf(outputs: Feeds): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values(outputs)) if (data.buffer instanceof ArrayBuffer) buffers.add(data.buffer);
  return [...buffers];
}

await serve(workerData as SessionWorkerData);
