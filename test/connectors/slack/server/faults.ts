/**
 * What goes wrong with a call instead of its answer. `lost`: it is done, but the connection breaks before the answer;
 * `stored`: it is done, but the answer is an error; the rest is refused before anything is done.
 */
export type Fault = 'limited' | 'error' | 'reset' | 'lost' | 'stored' | { refuse: string };

/** Faults that a test plants: the next calls of a method, or a share of all. */
export class Faults {
  readonly #planned: { method: RegExp; fault: Fault }[] = [];
  #draw: ((method: string) => Fault | null) | null = null;
  /** Seconds of a planted 429. */
  retryAfter = 1;

  next(method: RegExp, ...faults: Fault[]): void {
    for (const fault of faults) this.#planned.push({ method, fault });
  }

  /** Every call fails by what `draw` says; null stops it. */
  always(draw: ((method: string) => Fault | null) | null): void {
    this.#draw = draw;
  }

  take(method: string): Fault | null {
    const at = this.#planned.findIndex((each) => each.method.test(method));
    return at === -1 ? (this.#draw?.(method) ?? null) : this.#planned.splice(at, 1)[0]!.fault;
  }
}
