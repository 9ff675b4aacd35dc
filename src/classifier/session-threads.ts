import { availableParallelism } from 'node:os';
import type { Provider } from '../runtime/config.ts';

/** What was asked for; null or absent leaves it to the rule below. */
export interface AskedThreads {
  /** All workers together. */
  threads?: number | null;
  workers?: number | null;
}

/** onnxruntime copies the weights into every session: 755 MB more resident for each further worker of mBERT in float32. */
const SMALL_WEIGHTS = 100 * 2 ** 20;

/** Beyond this the one thread that turns texts into tokens for them all is what they wait for. */
const MOST_WORKERS = 4;

/**
 * How many sessions run side by side, and with how many threads each. Threads of one session wait for each other in a small
 * model: the bundled one with 1 x 2 and 2 x 1 runs 356 and 571 posts/s one by one, 784 and 951 in batches of 8, 885 and 1,010 in
 * batches of 32. From texts to verdicts that is lost again on 2 cores, as the calling thread needs its share (849 and 836 posts/s;
 * a lone post takes 3.4 and 4.0 ms), so workers come in with more. A large model keeps its threads together: a copy of its
 * weights for each worker is dear, and a lone post should not wait for few threads. A GPU has room for one session.
 */
export function sessionThreads(
  device: Provider,
  weightBytes: number,
  asked: AskedThreads,
  cores = availableParallelism(),
): { workers: number; threads: number } {
  const all = asked.threads ?? cores;
  const small = device === 'cpu' && weightBytes <= SMALL_WEIGHTS;
  const workers = asked.workers ?? (small ? Math.max(1, Math.min(Math.floor(all / 2), MOST_WORKERS)) : 1);
  return { workers, threads: Math.max(1, Math.floor(all / workers)) };
}
