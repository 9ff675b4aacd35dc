import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { BuiltModel } from '../onnx/graph.ts';
import type { Provider } from '../runtime/config.ts';
import { messageOf } from '../runtime/errors.ts';
import { createOrtSession, type Feeds, type OrtSession } from './ort.ts';
import { isDeviceLost } from './out-of-memory.ts';
import { strayOperators } from './placement.ts';

/** What a worker is started with: one graph, and what it runs on. */
export interface SessionWorkerData {
  model: BuiltModel;
  device: Provider;
  threads: number;
  /** Feeds of every run. */
  constants: Feeds;
}

export type SessionRequest =
  | { id: number; kind: 'run'; feeds: Feeds; fetches: readonly string[] }
  | { id: number; kind: 'constants'; constants: Feeds }
  | { id: number; kind: 'close' };

export type SessionReply =
  | { kind: 'ready' }
  | { kind: 'unusable'; reason: string }
  /** `strays` comes with the first run on another device than the processor: see placement.ts. */
  | { kind: 'done'; id: number; outputs: Feeds; strays?: string[] }
  | { kind: 'failed'; id: number; reason: string };

/** The thread's whole life: make the session, then answer one request after the other, in order, until `close`. */
async function serve({ model, device, threads, constants: first }: SessionWorkerData): Promise<void> {
  const port = parentPort!;
  const reply = (message: SessionReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

  let profile = device === 'cpu' ? null : mkdtempSync(join(tmpdir(), 'evenkeel-profile-'));
  const forgetProfile = (): void => {
    if (profile !== null) rmSync(profile, { recursive: true, force: true });
    profile = null;
  };
  let session: OrtSession;
  try {
    session = await createOrtSession(model, {
      device,
      threads,
      ...(profile !== null && { profile: join(profile, 'run') }),
    });
    reply({ kind: 'ready' });
  } catch (error) {
    forgetProfile();
    return reply({ kind: 'unusable', reason: messageOf(error) });
  }

  /** Reads the profile of the first run, which is the only one that is profiled. */
  const straysOfFirstRun = (): string[] | null => {
    if (profile === null) return null;
    session.endProfile();
    const [file] = readdirSync(profile);
    const strays = file === undefined ? [] : strayOperators(readFileSync(join(profile, file), 'utf8'));
    forgetProfile();
    return strays;
  };

  let constants = first;
  const answer = async (request: SessionRequest): Promise<void> => {
    if (request.kind === 'close') {
      await session.release();
      forgetProfile();
      port.close();
      return;
    }
    if (request.kind === 'constants') {
      constants = request.constants;
      return reply({ kind: 'done', id: request.id, outputs: {} });
    }
    try {
      const outputs = await session.run({ ...constants, ...request.feeds }, request.fetches);
      const strays = straysOfFirstRun();
      reply({ kind: 'done', id: request.id, outputs, ...(strays && { strays }) }, buffersOf(outputs));
    } catch (error) {
      const reason = messageOf(error);
      if (!isDeviceLost(reason)) return reply({ kind: 'failed', id: request.id, reason });
      // Another thread takes this one's place and its request, with a session that opens the device anew.
      await session.release();
      throw error;
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
