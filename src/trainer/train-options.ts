import type { Method } from '../model/training-graph.ts';
import type { Provider } from '../runtime/config.ts';

export interface TrainOptions {
  /** Folder of the base model. */
  base: string;
  method: Method;
  /** Folder of an adapter to start from instead of from nothing. */
  from?: string;
  /** JSON lines: {"text", "label", "lang"}. */
  data: string[];
  /** The same, to choose the best epoch by; without it the last one is kept. */
  dev: string[];
  /** Where the trained checkpoint or adapter goes: after each epoch the best so far. */
  out: string;
  /** What adapter_config.json names as the base. */
  baseName: string;
  /** Passes over the data; parts of one too. */
  epochs: number;
  batchPosts: number;
  learningRate: number;
  /** Part of the steps over which the learning rate rises. */
  warmup: number;
  dropout: number;
  /** Share of a post's pieces that a step hides from the model. Default 0. */
  wordDropout?: number;
  /** How much of each label an SVM decides that has not seen the example (svm-teacher.ts). Default 0. */
  teacherShare?: number;
  /** For each example so many posts more, of halves of two, that the SVM alone judges (spliced-posts.ts). Default 0. */
  spliced?: number;
  /** Files of plain text that the SVM alone judges, as many posts a language as it has examples. Default none. */
  unlabelled?: string[];
  weightDecay: number;
  seed: number;
  threads: number;
  /** Default the processor. */
  device?: Provider;
  saveEvery: number;
  dtype: 'F32' | 'F16';
}
