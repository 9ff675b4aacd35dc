import { createProgress, type Progress } from '../runtime/progress.ts';
import { runTraining } from '../trainer/run.ts';
import type { TrainingJob, TrainingResult } from '../trainer/training-job.ts';
import { printJson, printLine } from './print.ts';

/** Runs a training job as a command of its own, and says at the end what became of it. */
export async function runWithProgress(job: TrainingJob, { json = false }: { json?: boolean }): Promise<TrainingResult> {
  const result = await trainWithProgress(job, job.kind);
  if (json) await printJson({ ...result, out: job.options.out });
  else if (result.finished) await printLine(`Written to ${job.options.out}.`);
  else await printLine(STOPPED);
  if (!result.finished) process.exitCode = 130;
  return result;
}

export const STOPPED = 'Stopped. Give the same command again to go on from here.';

/** Runs a training job with a progress bar; Ctrl-C saves its state, and the same command goes on from there. */
export async function trainWithProgress(job: TrainingJob, label: string): Promise<TrainingResult> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let bar: Progress | null = null;
  try {
    return await runTraining(job, {
      signal: interrupted.signal,
      onProgress: ({ step, steps, loss, tokens }) => {
        bar ??= createProgress({ label, total: steps, unit: 'steps', rateUnit: 'tokens', initial: step });
        bar.update(step, { loss, work: tokens });
      },
      onNote: (note) => {
        process.stderr.write(`${note}\n`);
      },
    });
  } finally {
    (bar as Progress | null)?.finish();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
