import { DiscordAPIError, REST } from 'discord.js';
import type { RESTOptions } from 'discord.js';
import { inClassic, isLaidOut } from './classic.ts';
import { watchClock } from './clock-set-back.ts';

/** `Invalid form body` and `Cannot send an empty message`. */
const OF_FORM = new Set<unknown>([50_035, 50_006]);
/** Codes of Discord's own refusals begin here; other servers may give none. */
const FIRST_CODE = 10_000;

/**
 * Discord's REST for servers that may not know messages of components: where the first of them is refused, it is sent as
 * an embed with buttons, and if that is taken, so are all later ones. A server that took one knows them, and then a
 * refusal is one. And for clocks that are set back: what then waits for a rate limit is refused once, and nothing waits on.
 */
export class LenientRest extends REST {
  readonly #onClassic: () => void;
  readonly #clockSetBack: () => boolean;
  #takes: 'components' | 'classic' | null = null;

  constructor(options: Partial<RESTOptions>, onClassic: () => void) {
    super({ ...options, rejectOnRateLimit: () => this.#clockSetBack() });
    this.#onClassic = onClassic;
    this.#clockSetBack = watchClock(this);
  }

  override async request(options: Parameters<REST['request']>[0]): Promise<unknown> {
    this.#clockSetBack();
    if (!isLaidOut(options.body)) return super.request(options);
    const classic = (): Promise<unknown> => super.request({ ...options, body: inClassic(options.body) });
    if (this.#takes === 'classic') return classic();
    try {
      const answer = await super.request(options);
      this.#takes = 'components';
      return answer;
    } catch (error) {
      if (this.#takes === 'components' || !isRefusedForm(error)) throw error;
      const answer = await classic();
      if (this.#takes === null) this.#onClassic();
      this.#takes = 'classic';
      return answer;
    }
  }
}

function isRefusedForm(error: unknown): boolean {
  if (!(error instanceof DiscordAPIError) || error.status !== 400) return false;
  return OF_FORM.has(error.code) || !(Number(error.code) >= FIRST_CODE);
}
