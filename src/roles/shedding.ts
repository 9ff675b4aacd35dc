import type { Logger } from '../runtime/log.ts';

/** How long posts must be too old without a break before any is passed over, in ms: a clock that jumps makes them so for a moment. */
const CONFIRM_MS = 5000;

/** What was passed over, and whether that goes on. */
export interface Shedding {
  /** From which age on, in s, posts are passed over now, given that of the oldest at hand; Infinity where none are. */
  unseenFrom(this: void, oldestSeconds: number): number;
  /** So many posts were. */
  passedOver(this: void, posts: number): void;
}

/**
 * The policy `shed` of an overload: once posts have been older than `mostSeconds` for 5 s, the oldest are passed over until
 * those at hand are half as old, so that what is classified is recent. Both ends of it are said, with how many there were.
 */
export function createShedding(
  { mostSeconds, log }: { mostSeconds: number; log: Logger },
  now: () => number = () => performance.now(),
): Shedding {
  let tooOldSince: number | null = null;
  let isShedding = false;
  let posts = 0;
  return {
    unseenFrom(oldestSeconds) {
      if (isShedding && oldestSeconds <= mostSeconds / 2) {
        log.warn('classifiers have caught up; every post is checked again', { passedOver: posts });
        isShedding = false;
        tooOldSince = null;
        posts = 0;
      } else if (!isShedding && oldestSeconds > mostSeconds) {
        tooOldSince ??= now();
        isShedding = now() - tooOldSince >= CONFIRM_MS;
        if (isShedding)
          log.warn('classifiers are behind; the oldest posts are passed over', {
            seconds: Math.round(oldestSeconds),
            mostSeconds,
          });
      } else if (!isShedding) tooOldSince = null;
      return isShedding ? mostSeconds / 2 : Infinity;
    },
    passedOver(some) {
      posts += some;
    },
  };
}
