import { EvenkeelError } from '../../runtime/errors.ts';

/** Discord bans an address for a while after 10,000 answers of 401, 403 or 429 in ten minutes: topics/rate-limits. */
const WINDOW_MS = 10 * 60_000;
/** Far below it: other processes share the address, and a bot that gets there is broken. */
const MOST = 2000;

/** Counts refused requests and stops before Discord does. */
export class InvalidRequests {
  readonly #most: number;
  readonly #now: () => number;
  #count = 0;
  #endsAt = 0;

  constructor(most = MOST, now: () => number = Date.now) {
    this.#most = most;
    this.#now = now;
  }

  /** Throws where no more requests may be made for now. */
  check(): void {
    if (this.#count < this.#most || this.#now() >= this.#endsAt) return;
    throw new EvenkeelError('network', `Discord refused ${this.#count} requests in ten minutes, so no more are made`, {
      hint: `They start again ${new Date(this.#endsAt).toISOString()}. Look for missing permissions with /keel-admin doctor.`,
    });
  }

  /** `shared` limits are other bots' doing and do not count. */
  count(status: number, scope: string | null): void {
    if (status !== 401 && status !== 403 && !(status === 429 && scope !== 'shared')) return;
    if (this.#now() >= this.#endsAt) {
      this.#count = 0;
      this.#endsAt = this.#now() + WINDOW_MS;
    }
    this.#count += 1;
  }
}
