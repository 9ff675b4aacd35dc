import type { Example } from '../domain/example.ts';
import type { PretrainOptions } from './pretrain.ts';
import type { TrainingProgress } from './progress-report.ts';
import type { TrainOptions } from './train-options.ts';

export type TrainingJob =
  | { kind: 'pretrain'; options: PretrainOptions }
  | {
      kind: 'train';
      options: TrainOptions;
      /** Instead of the files that the options name: what must not lie on a disk in the clear. */
      posts?: { examples: Example[]; dev: Example[] };
    };

/** What the training thread is started with. */
export interface TrainingWorkerData {
  job: TrainingJob;
  giveWay: boolean;
}

export interface TrainingResult {
  /** False where it was stopped: the same job goes on from there. */
  finished: boolean;
  /** The best epoch's mean over the dev set's languages, where there is a dev set. */
  macroF1?: number | null;
  /** The same of what an adapter started from. */
  startMacroF1?: number | null;
}

export type FromWorker =
  | { kind: 'progress'; progress: TrainingProgress }
  | { kind: 'note'; note: string }
  | { kind: 'done'; result: TrainingResult }
  | { kind: 'failed'; message: string; code?: string; hint?: string; stack?: string };
