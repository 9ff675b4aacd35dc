import { ApiError } from './api-error.ts';

interface Window {
  used: number;
  endsAt: number;
}

/** Requests that one bucket or the whole bot may make in a window, as headers announce them; more is answered with a 429. */
export class RateLimits {
  /** Of each bucket: a method and route with its major parameter. */
  limit = 1000;
  windowMs = 1000;
  /** Of messages that are posted in one channel, where it is another one; Discord allows 5 in 5 s. */
  ofPosts: { limit: number; windowMs: number } | null = null;
  globalPerSecond = 50;
  /** 429s given because the client did not keep to what it was told. */
  exceeded = 0;
  /** The most requests in any second. */
  busiest = 0;
  readonly #buckets = new Map<string, Window>();
  #second: Window = { used: 0, endsAt: 0 };

  /** Counts a request and returns the headers of its answer. */
  take(bucket: string, countsGlobally: boolean): Record<string, string> {
    const now = Date.now();
    if (countsGlobally) this.#takeGlobal(now);
    const { limit, windowMs } = /^POST \/channels\/\d+ .*messages\$$/.test(bucket) ? (this.ofPosts ?? this) : this;
    const before = this.#buckets.get(bucket);
    const window = before === undefined || before.endsAt <= now ? { used: 0, endsAt: now + windowMs } : before;
    this.#buckets.set(bucket, window);
    window.used += 1;
    const seconds = ((window.endsAt - now) / 1000).toFixed(3);
    const headers = {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(Math.max(0, limit - window.used)),
      'X-RateLimit-Reset': (window.endsAt / 1000).toFixed(3),
      'X-RateLimit-Reset-After': seconds,
      'X-RateLimit-Bucket': bucket.replace(/[^a-z]/gi, '').slice(0, 32),
    };
    if (window.used > limit) {
      this.exceeded += 1;
      throw tooMany(Number(seconds), { ...headers, 'X-RateLimit-Scope': 'user' });
    }
    return headers;
  }

  #takeGlobal(now: number): void {
    if (this.#second.endsAt <= now) this.#second = { used: 0, endsAt: now + 1000 };
    this.#second.used += 1;
    this.busiest = Math.max(this.busiest, this.#second.used);
    if (this.#second.used <= this.globalPerSecond) return;
    this.exceeded += 1;
    throw tooMany((this.#second.endsAt - now) / 1000, { 'X-RateLimit-Global': 'true', 'X-RateLimit-Scope': 'global' });
  }
}

export function tooMany(retryAfter: number, headers: Record<string, string>): ApiError {
  return new ApiError(429, 0, 'You are being rate limited.', { ...headers, 'Retry-After': retryAfter.toFixed(3) });
}
