import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from '../runtime/errors.ts';
import { pretrain } from './pretrain.ts';
import type { TrainingHooks } from './progress-report.ts';
import { train, trainOn } from './train.ts';
import type { FromWorker, TrainingJob, TrainingResult, TrainingWorkerData } from './training-job.ts';

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

const { job, giveWay } = workerData as TrainingWorkerData;
// On Linux 0 is the calling thread, and onnxruntime's threads inherit from it; elsewhere it is the whole process.
if (giveWay && process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);

try {
  send({ kind: 'done', result: await runJob(job) });
} catch (error) {
  const { code, hint } = error as { code?: string; hint?: string };
  send({ kind: 'failed', message: messageOf(error), code, hint, stack: (error as Error).stack });
}
port.close();

async function runJob(given: TrainingJob): Promise<TrainingResult> {
  if (given.kind === 'pretrain') return pretrain(given.options, hooks);
  if (given.posts === undefined) return train(given.options, hooks);
  const { finished, macroF1 } = await trainOn(given.options, given.posts, hooks);
  return { finished, macroF1 };
}
