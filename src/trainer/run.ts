import { Worker } from 'node:worker_threads';

import { EvenkeelError, type ErrorCode } from '../runtime/errors.ts';
import type { TrainingProgress } from './progress-report.ts';
import type { FromWorker, TrainingJob, TrainingResult } from './training-job.ts';

/** Runs a job in a thread of its own. After `signal` aborts it saves its state and resolves with `finished: false`. */
export async function runTraining(
  job: TrainingJob,
  hooks: { onProgress: (progress: TrainingProgress) => void; onNote: (note: string) => void; signal: AbortSignal },
): Promise<TrainingResult> {
  const worker = new Worker(new URL('./train-worker.ts', import.meta.url), { workerData: job });
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
