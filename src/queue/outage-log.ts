import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { isConnectionLoss } from '../store/connection-loss.ts';

/** Says once that the database cannot be reached, and once that it can be again, however many statements failed meanwhile. */
export interface OutageLog {
  /** Whether the error means that the database cannot be reached, which is then said if it was not yet. */
  noticed(this: void, error: unknown): boolean;
  /** A statement succeeded. */
  over(this: void): void;
}

export function createOutageLog(log: Logger, now: () => number = () => performance.now()): OutageLog {
  let since: number | null = null;
  return {
    noticed(error) {
      if (!isConnectionLoss(error)) return false;
      if (since === null) log.warn('database lost; trying until it is back', { reason: messageOf(error) });
      since ??= now();
      return true;
    },
    over() {
      if (since === null) return;
      log.info('database is back', { seconds: Math.round((now() - since) / 100) / 10 });
      since = null;
    },
  };
}
