import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from '../runtime/errors.ts';
import { pretrain } from './pretrain.ts';
import type { TrainingHooks } from './progress-report.ts';
import { train } from './train.ts';
import type { FromWorker, TrainingJob } from './training-job.ts';

/** A training run's own thread: onnxruntime and AdamW block it, never the thread that serves people. */
const port = parentPort!;
let stopped = false;
port.on('message', () => {
  stopped = true;
});

const send = (message: FromWorker): void => port.postMessage(message);
const hooks: TrainingHooks = {
  onProgress: (progress) => send({ kind: 'progress', progress }),
  onNote: (note) => send({ kind: 'note', note }),
  stopped: () => stopped,
};

try {
  send({ kind: 'done', result: await runJob(workerData as TrainingJob) });
} catch (error) {
  const { code, hint } = error as { code?: string; hint?: string };
  send({ kind: 'failed', message: messageOf(error), code, hint, stack: (error as Error).stack });
}
port.close();

function runJob(job: TrainingJob) {
  return job.kind === 'pretrain' ? pretrain(job.options, hooks) : train(job.options, hooks);
}
