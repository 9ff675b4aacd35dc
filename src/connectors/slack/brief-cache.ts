/** Answers kept for a moment, each asked for once however many wait for it. A failure is never kept. */
export class BriefCache<Value> {
  readonly #keepMs: number;
  readonly #limit: number;
  readonly #kept = new Map<string, { until: number; value: Promise<Value> }>();

  constructor(keepMs: number, limit = 10_000) {
    this.#keepMs = keepMs;
    this.#limit = limit;
  }

  get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > performance.now()) return known.value;
    this.#kept.delete(key);
    const value = ask();
    const entry = { until: performance.now() + this.#keepMs, value };
    this.#kept.set(key, entry);
    value.catch(() => {
      if (this.#kept.get(key) === entry) this.#kept.delete(key);
    });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#limit && oldest !== undefined) this.#kept.delete(oldest);
    return value;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }
}
