import { fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EvenkeelError } from '../../runtime/errors.ts';
import { converseInLines, converseInMessages, type Conversation } from './conversation.ts';
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

const HINT =
  'A checkout is needed, an interpreter with torch, transformers and peft, and 9 GB of free memory for both side by side.';

export async function startOurs(task: TrainingTask): Promise<Trainee> {
  const file = new URL('./training-process.ts', import.meta.url);
  if (import.meta.url.endsWith('.js')) file.pathname = file.pathname.replace(/\.ts$/, '.js');
  return trainee(converseInMessages(fork(fileURLToPath(file)), 'Evenkeel', HINT), task);
}

/** PyTorch + PEFT under the given interpreter. */
export async function startPeer(python: string, task: TrainingTask): Promise<Trainee> {
  const script = fileURLToPath(new URL('../../../test/peers/training.py', import.meta.url));
  if (!existsSync(script)) throw new EvenkeelError('input', `${script} is missing`, { hint: HINT });
  const child = spawn(python, ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  return trainee(converseInLines(child, python, HINT), task);
}

async function trainee({ ask, stop }: Conversation, task: TrainingTask): Promise<Trainee> {
  await ask(task);
  return { step: async (posts) => (await ask(posts)) as StepCost, stop };
}
