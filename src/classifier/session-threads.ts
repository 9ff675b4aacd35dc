import { availableParallelism } from 'node:os';
import { encoderParameters, type BertConfig } from '../model/bert-config.ts';
import { sizeOf } from '../onnx/tensor.ts';
import type { Provider } from '../runtime/config.ts';

/** What was asked for; null or absent leaves it to the rule below. */
export interface AskedThreads {
  /** All workers together. */
  threads?: number | null;
  workers?: number | null;
}

/** Parameters of a model that is small: of 100 MB in float32. mBERT has 178 million. */
const SMALL = 25e6;

/** One thread turns texts into tokens for them all. */
const MOST_WORKERS = 4;

/**
 * How many sessions run side by side, and with how many threads each. Threads of one session wait for each other in a small
 * model: the bundled one with 1 x 2 and 2 x 1 runs 356 and 571 posts/s one by one, 784 and 951 in batches of 8, 885 and 1,010 in
 * batches of 32. From texts to verdicts that is lost again on 2 cores, as the calling thread needs its share (849 and 836 posts/s;
 * a lone post takes 3.4 and 4.0 ms), so workers come in with more. A large model keeps its threads together: a lone post
 * should not wait for few of them, and weights that are not mapped from files are copied into every session (755 MB of mBERT).
 * A GPU has room for one session.
 */
export function sessionThreads(
  device: Provider,
  config: BertConfig,
  asked: AskedThreads,
  cores = availableParallelism(),
): { workers: number; threads: number } {
  const all = asked.threads ?? cores;
  const parameters = encoderParameters(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const small = device === 'cpu' && parameters <= SMALL;
  const workers = asked.workers ?? (small ? Math.max(1, Math.min(Math.floor(all / 2), MOST_WORKERS)) : 1);
  return { workers, threads: Math.max(1, Math.floor(all / workers)) };
}
