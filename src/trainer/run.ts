import { Worker } from 'node:worker_threads';

import { EvenkeelError, type ErrorCode } from '../runtime/errors.ts';
import type { TrainingProgress } from './progress-report.ts';
import type { FromWorker, TrainingJob, TrainingResult, TrainingWorkerData } from './training-job.ts';

export interface TrainingRun {
  onProgress: (progress: TrainingProgress) => void;
  onNote: (note: string) => void;
  signal: AbortSignal;
  /**
   * Whether training gives way to whatever else wants the cores: in a process that serves people too. Linux alone lowers
   * one thread and those that it starts; elsewhere keep `threads` below the number of cores.
   */
  giveWay?: boolean;
}

/** Runs a job in a thread of its own. After `signal` aborts it saves its state and resolves with `finished: false`. */
export async function runTraining(job: TrainingJob, hooks: TrainingRun): Promise<TrainingResult> {
  const workerData: TrainingWorkerData = { job, giveWay: hooks.giveWay === true };
  const worker = new Worker(new URL('./train-worker.ts', import.meta.url), { workerData, name: 'training' });
  const stop = (): void => worker.postMessage('stop');
  hooks.signal.addEventListener('abort', stop);
  try {
    return await new Promise<TrainingResult>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'progress') hooks.onProgress(message.progress);
        else if (message.kind === 'note') hooks.onNote(message.note);
        else if (message.kind === 'done') resolve(message.result);
        else reject(asError(message));
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the training thread ended with code ${code}`)));
    });
  } finally {
    hooks.signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function asError({ message, code, hint, stack }: Extract<FromWorker, { kind: 'failed' }>): Error {
  const error = hint ? new EvenkeelError(code as ErrorCode, message, { hint }) : new Error(message);
  if (stack) error.stack = stack;
  return error;
}
