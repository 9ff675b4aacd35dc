interface Limit {
  calls: number;
  ms: number;
  /** `channel`: each for itself. */
  per: 'team' | 'channel';
}

/** Calls that a method takes in a window, for each workspace or channel; more is answered with a 429. */
export class RateWindows {
  readonly #limits = new Map<string, Limit>();
  readonly #windows = new Map<string, { used: number; endsAt: number }>();
  /** 429s that were given. */
  exceeded = 0;

  set(method: string, calls: number, ms: number, per: Limit['per'] = 'team'): void {
    this.#limits.set(method, { calls, ms, per });
  }

  /** Counts a call. Seconds to wait where it is one too many, else 0. */
  take(method: string, team: string, channel: string): number {
    const limit = this.#limits.get(method);
    if (limit === undefined) return 0;
    const key = `${method} ${team} ${limit.per === 'channel' ? channel : ''}`;
    const now = Date.now();
    const before = this.#windows.get(key);
    const window = before === undefined || before.endsAt <= now ? { used: 0, endsAt: now + limit.ms } : before;
    this.#windows.set(key, window);
    window.used += 1;
    if (window.used <= limit.calls) return 0;
    this.exceeded += 1;
    return Math.max(1, Math.ceil((window.endsAt - now) / 1000));
  }
}
