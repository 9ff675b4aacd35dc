import { messageOf } from '../../runtime/errors.ts';
import { runCell, type Cell, type CellResult } from '../../trainer/comparison-cell.ts';
import type { TrainingProgress } from '../../trainer/progress-report.ts';

export type FromCell =
  | { kind: 'progress'; progress: TrainingProgress }
  | { kind: 'note'; note: string }
  | { kind: 'done'; result: CellResult | null }
  | { kind: 'failed'; message: string; code?: string; hint?: string };

/** A cell's process: its memory is its own, and what it leaks ends with it. The first message is the cell, any other stops it. */
let stopped = false;
const send = (message: FromCell): void => void process.send!(message);

async function run(cell: Cell): Promise<void> {
  try {
    const result = await runCell(cell, {
      onProgress: (progress) => send({ kind: 'progress', progress }),
      onNote: (note) => send({ kind: 'note', note }),
      stopped: () => stopped,
    });
    send({ kind: 'done', result });
  } catch (error) {
    const { code, hint } = error as { code?: string; hint?: string };
    send({ kind: 'failed', message: messageOf(error), code, hint });
  }
  process.disconnect();
}

process.once('message', (cell: Cell) => {
  process.on('message', () => {
    stopped = true;
  });
  void run(cell);
});
// A terminal's Ctrl-C reaches every process: the one that gave the cell says when to stop.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
