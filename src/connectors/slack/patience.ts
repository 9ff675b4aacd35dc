import { webApi } from '@slack/bolt';
import type { Logger } from '../../runtime/log.ts';

/** Refusals that say nothing of the call itself: Slack's own trouble. */
const PASSING = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited']);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const RETRIES = 5;

/** Seconds to wait where Slack says that there were too many calls. */
export function retryAfter(error: unknown): number | null {
  return error instanceof webApi.WebAPIRateLimitedError ? error.retryAfter : null;
}

/** Whether it was Slack's trouble or the connection's: the call may have been done all the same, and may be made again. */
export function isPassing(error: unknown): boolean {
  if (error instanceof webApi.WebAPIRequestError) return true;
  if (error instanceof webApi.WebAPIHTTPError) return error.statusCode >= 500;
  // An answer that is no JSON: a page of a proxy between.
  if (error instanceof webApi.WebAPIPlatformError)
    return PASSING.has(error.data.error) || /^\s*<|^\s*$/.test(error.data.error);
  return retryAfter(error) !== null;
}

/**
 * Makes a call that may be made twice until Slack takes or refuses it. A limit is waited for, however long Slack says;
 * trouble is tried again a few times. Throws what Slack said, and at once where `signal` is aborted.
 */
export async function patiently<T>(
  call: () => Promise<T>,
  { signal, log, retries = RETRIES }: { signal: AbortSignal; log: Logger; retries?: number },
): Promise<T> {
  for (let failed = 0; ;) {
    try {
      return await call();
    } catch (error) {
      const seconds = retryAfter(error);
      if (seconds === null && (!isPassing(error) || failed >= retries)) throw error;
      if (seconds === null) failed += 1;
      else log.debug('waits for a rate limit', { seconds });
      const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failed - 1));
      if (!(await pause(seconds === null ? backoff : seconds * 1000, signal))) throw error;
    }
  }
}

/** False where no one waits any more. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const end = (): void => resolve(false);
  const timer = setTimeout(() => resolve(true), ms);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  });
}
