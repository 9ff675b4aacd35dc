import { wilson } from './insight.ts';

/** How a version does on live posts. */
export interface Live {
  posts: number;
  flagged: number;
  /** Flags that moderators decided, and those of them that they overturned. */
  decided: number;
  overturned: number;
}

/** What a version that must go did on live posts. */
export type LeftBand = 'flags' | 'disagreement';

/** Below these counts nothing is concluded. */
const POSTS = 100;
const DECIDED = 20;

/** The share of posts that may be flagged, as a multiple of what was flagged before; and a share that is always allowed. */
const BAND = { low: 0.5, high: 1.5, always: 0.02 } as const;

/**
 * Why a version that was taken into service must go: it flags by far more or less than what answered before it, or
 * moderators overturn more of its flags, beyond what chance explains (95 % Wilson intervals). Null where it may stay.
 */
export function leavesBand(now: Live, before: Live): LeftBand | null {
  if (now.posts >= POSTS && before.posts >= POSTS) {
    const share = wilson(now.flagged, now.posts);
    const was = wilson(before.flagged, before.posts);
    if (share.low > Math.max(BAND.high * was.high, BAND.always) || share.high < BAND.low * was.low) return 'flags';
  }
  if (now.decided >= DECIDED && before.decided >= DECIDED) {
    const wrong = wilson(now.overturned, now.decided);
    if (wrong.low > wilson(before.overturned, before.decided).high) return 'disagreement';
  }
  return null;
}
