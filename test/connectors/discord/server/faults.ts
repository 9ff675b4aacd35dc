import { ApiError } from './api-error.ts';
import { tooMany } from './rate-limits.ts';

/** What goes wrong with a request instead of its answer; `lost`: it is done, but the answer never arrives. */
export type Fault = 'error' | 'limited' | 'reset' | 'lost' | ApiError;

/** Faults that a test plants: the next requests of a kind, or a share of all at random. */
export class Faults {
  readonly #planned: { method: string; path: RegExp; fault: Fault }[] = [];
  #draw: (() => Fault | null) | null = null;

  /** The next request that fits fails so. */
  next(method: string, path: RegExp, ...faults: Fault[]): void {
    for (const fault of faults) this.#planned.push({ method, path, fault });
  }

  /** Every request fails by what `draw` says; null stops it. */
  always(draw: (() => Fault | null) | null): void {
    this.#draw = draw;
  }

  take(method: string, path: string): Fault | null {
    const at = this.#planned.findIndex((each) => each.method === method && each.path.test(path));
    return at === -1 ? (this.#draw?.() ?? null) : this.#planned.splice(at, 1)[0]!.fault;
  }
}

/** The refusal of a fault that has one. */
export function refusalOf(fault: Fault): ApiError | null {
  if (fault instanceof ApiError) return fault;
  if (fault === 'error') return new ApiError(500, 0, '500: Internal Server Error');
  return fault === 'limited' ? tooMany(0.05, { 'X-RateLimit-Scope': 'shared' }) : null;
}
