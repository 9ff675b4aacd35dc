import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { EvenkeelError, type ErrorCode } from '../../runtime/errors.ts';
import { createProgress, type Progress } from '../../runtime/progress.ts';
import type { Cell, CellResult } from '../../trainer/comparison-cell.ts';
import type { FromCell } from './cell-process.ts';

/** Trains a cell in a process of its own, with a progress bar. After `signal` aborts it saves its state and gives null. */
export async function trainCell(cell: Cell, signal: AbortSignal): Promise<CellResult | null> {
  const file = new URL('./cell-process.ts', import.meta.url);
  if (import.meta.url.endsWith('.js')) file.pathname = file.pathname.replace(/\.ts$/, '.js');
  const child = fork(fileURLToPath(file));
  const label = `${cell.approach}, seed ${cell.seed}`;
  const stop = (): void => void child.send('stop');
  signal.addEventListener('abort', stop);
  let bar: Progress | null = null;
  try {
    child.send(cell);
    return await new Promise<CellResult | null>((resolve, reject) => {
      child.on('message', (message: FromCell) => {
        if (message.kind === 'note') process.stderr.write(`${label}: ${message.note}\n`);
        else if (message.kind === 'done') resolve(message.result);
        else if (message.kind === 'failed') reject(asError(message));
        else {
          const { step, steps, loss, tokens } = message.progress;
          bar ??= createProgress({ label, total: steps, unit: 'steps', rateUnit: 'tokens', initial: step });
          bar.update(step, { loss, work: tokens });
        }
      });
      child.on('error', reject);
      child.on('exit', () =>
        reject(
          new EvenkeelError('device', `The process of ${label} ended before it was done`, {
            hint: 'It may have run out of memory: close what else uses it, and give the same command again.',
          }),
        ),
      );
    });
  } finally {
    (bar as Progress | null)?.finish();
    signal.removeEventListener('abort', stop);
  }
}

function asError({ message, code, hint }: Extract<FromCell, { kind: 'failed' }>): Error {
  return hint ? new EvenkeelError(code as ErrorCode, message, { hint }) : new Error(message);
}
