import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import type { TrainingTask } from './training-task.ts';

/** What a step took. */
export interface StepCost {
  seconds: number;
  /** The most memory that the process has had resident so far. */
  peakBytes: number;
}

/** A process that trains a step of the posts given, one after the other. */
export interface Trainee {
  step(posts: readonly number[][]): Promise<StepCost>;
  stop(): Promise<void>;
}

export async function startOurs(task: TrainingTask): Promise<Trainee> {
  const file = new URL('./training-process.ts', import.meta.url);
  if (import.meta.url.endsWith('.js')) file.pathname = file.pathname.replace(/\.ts$/, '.js');
  const child = fork(fileURLToPath(file));
  const talk = conversation(child, 'Evenkeel', (value) => void child.send(value as object));
  child.on('message', talk.hear);
  await talk.ask(task);
  return talk;
}

/** PyTorch + PEFT under the given interpreter. */
export async function startPeer(python: string, task: TrainingTask): Promise<Trainee> {
  const script = fileURLToPath(new URL('../../../test/peers/training.py', import.meta.url));
  if (!existsSync(script)) throw ended(`${script} is missing`);
  const child = spawn(python, ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Its end is told by the child's own events.
  child.stdin.on('error', () => {});
  const talk = conversation(child, python, (value) => void child.stdin.write(`${JSON.stringify(value)}\n`));
  createInterface(child.stdout).on('line', (line) => talk.hear(JSON.parse(line)));
  await talk.ask(task);
  return talk;
}

function conversation(child: ChildProcess, name: string, send: (value: unknown) => void) {
  let waiting = Promise.withResolvers<unknown>();
  child.on('error', (error) => waiting.reject(ended(`${name} cannot be run: ${messageOf(error)}`)));
  child.on('exit', () => waiting.reject(ended(`${name} ended before it had trained`)));
  const ask = (value: unknown): Promise<unknown> => {
    waiting = Promise.withResolvers();
    send(value);
    return waiting.promise;
  };
  return {
    ask,
    hear: (value: unknown): void => waiting.resolve(value),
    step: async (posts: readonly number[][]) => (await ask(posts)) as StepCost,
    async stop() {
      waiting.promise.catch(() => {});
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}

function ended(what: string): EvenkeelError {
  return new EvenkeelError('input', what, {
    hint: 'A checkout is needed, an interpreter with torch, transformers and peft, and 9 GB of free memory for both side by side.',
  });
}
