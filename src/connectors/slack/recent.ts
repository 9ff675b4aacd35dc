/** Slack repeats an event that was not acknowledged for some six minutes. */
const KEEP_MS = 15 * 60_000;

/** What came in the last quarter of an hour: the same again is the same thing told twice. */
export class Recent {
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #seen = new Map<string, number>();

  constructor(keepMs = KEEP_MS, now: () => number = Date.now) {
    this.#keepMs = keepMs;
    this.#now = now;
  }

  has(key: string): boolean {
    const at = this.#seen.get(key);
    return at !== undefined && this.#now() - at < this.#keepMs;
  }

  /** False where it was there already. */
  add(key: string): boolean {
    if (this.has(key)) return false;
    const now = this.#now();
    // In the order of coming, so the old ones are in front.
    for (const [old, at] of this.#seen) {
      if (now - at < this.#keepMs) break;
      this.#seen.delete(old);
    }
    this.#seen.delete(key);
    this.#seen.set(key, now);
    return true;
  }
}
