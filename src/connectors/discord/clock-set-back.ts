import type { REST } from 'discord.js';

/** A clock that is corrected by less than this, in ms, makes no one wait for long. */
const TOLERANCE_MS = 2000;

/** What a handler of the package keeps of its bucket. */
interface Bucket {
  reset: number;
}

/**
 * The package notes the ends of rate limits by the machine's clock: once that is set back by an hour, all requests would wait
 * for an hour. Returns what forgets these ends where that has happened since it was last called, and says whether it has.
 */
export function watchClock(rest: Pick<REST, 'globalReset' | 'globalDelay' | 'handlers'>): () => boolean {
  // How far the clock is ahead of one that nobody sets.
  let ahead = Date.now() - performance.now();
  return () => {
    const now = Date.now() - performance.now();
    const isSetBack = now < ahead - TOLERANCE_MS;
    ahead = now;
    if (!isSetBack) return false;
    rest.globalReset = -1;
    rest.globalDelay = null;
    for (const handler of rest.handlers.values()) (handler as unknown as Bucket).reset = -1;
    return true;
  };
}
