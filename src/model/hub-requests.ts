import { setTimeout as delay } from 'node:timers/promises';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import type { HubSettings } from '../runtime/hub-settings.ts';
import type { Repository } from './repository.ts';

/** How patient a pull is. */
export interface Patience {
  /** Failures in a row, without a byte in between, after which it is given up. */
  attempts: number;
  /** Wait after the first failure; each further one waits twice as long. */
  retryMs: number;
  /** Without a byte for so long, a connection is given up. */
  silenceMs: number;
}

export const PATIENCE: Patience = { attempts: 5, retryMs: 1000, silenceMs: 60_000 };

/** A longer Retry-After is left to the person. */
const LONGEST_WAIT_MS = 60_000;

/** The hub cannot be reached or does not answer: trying again may help, and what is in the cache already may do. */
export class HubUnreachable extends EvenkeelError {
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    hint: string,
    { cause, retryAfterMs = null }: { cause?: unknown; retryAfterMs?: number | null } = {},
  ) {
    super('network', message, { hint, cause });
    this.retryAfterMs = retryAfterMs;
  }
}

export type HubRequest = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * `fetch` for a model on the hub, with the token, and a sentence for what the hub refuses. Only the hub's own host gets the
 * token: fetch drops it where a redirect leads to another.
 */
export function hubRequest(hub: HubSettings, repository: Repository, { silenceMs }: Patience): HubRequest {
  return async (url, init = {}) => {
    const headers = new Headers(init.headers);
    // Bytes are counted and ranges are asked for: both mean those of the file itself.
    headers.set('Accept-Encoding', 'identity');
    if (hub.token !== null && new URL(url).origin === new URL(hub.endpoint).origin)
      headers.set('Authorization', `Bearer ${hub.token.reveal()}`);
    const signal = init.signal ?? AbortSignal.timeout(silenceMs);
    const response = await fetch(url, { ...init, headers, signal }).catch((error: unknown) => {
      throw unreachable(hub.endpoint, error);
    });
    if (response.ok || (response.status < 400 && init.redirect === 'manual')) return response;
    await response.body?.cancel();
    throw refusal(response, hub, repository);
  };
}

/** Tries again while the hub cannot be reached. `progressed`: whether the last attempt got further than the one before. */
export async function patiently<T>(
  { attempts, retryMs }: Patience,
  attempt: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HubUnreachable)) throw error;
      if (progressed()) failures = 1;
      const wait = error.retryAfterMs ?? retryMs * 2 ** (failures - 1);
      if (failures >= attempts || wait > LONGEST_WAIT_MS) throw error;
      await delay(wait);
    }
  }
}

/** What a failed connection means to a person. */
export function unreachable(endpoint: string, error: unknown): HubUnreachable {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof AggregateError ? messageOf(cause.errors[0]) : messageOf(cause);
  return new HubUnreachable(
    `${endpoint} cannot be reached: ${reason}`,
    'Check the network and HF_ENDPOINT; behind a proxy set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY. The same command goes on where it stopped.',
    { cause: error },
  );
}

function refusal(response: Response, { endpoint, token }: HubSettings, { id, revision }: Repository): EvenkeelError {
  const code = response.headers.get('X-Error-Code');
  const refused = (message: string, hint: string): EvenkeelError => new EvenkeelError('network', message, { hint });
  const { status } = response;
  if (code === 'GatedRepo')
    return refused(
      `${id} is gated: its authors give it to those who accept their terms`,
      `Accept them at ${endpoint}/${id}, and set HF_TOKEN to a token of the account that did.`,
    );
  if (status === 401 || status === 403)
    return token === null
      ? refused(
          `There is no public model ${id} on ${endpoint}`,
          'Check how it is spelled. A private model needs HF_TOKEN to be set to a token of an account that may read it.',
        )
      : refused(
          `The token does not give access to ${id} on ${endpoint}`,
          'Check HF_TOKEN (or what `hf auth login` stored): it may have ended, or be of an account that may not read the model.',
        );
  if (status === 404 && code === 'RevisionNotFound')
    return refused(`${id} has no revision ${revision}`, `See its branches and tags at ${endpoint}/${id}/tree/main.`);
  if (status === 404)
    return refused(`There is no model ${id} on ${endpoint}`, 'Check how it is spelled: org/name, as in its address.');
  if (status === 429)
    return new HubUnreachable(
      `${endpoint} got too many requests from here`,
      'Wait some minutes and give the same command again. With HF_TOKEN set, the limit is higher.',
      { retryAfterMs: secondsIn(response.headers.get('Retry-After')) },
    );
  if (status >= 500 || status === 408)
    return new HubUnreachable(
      `${endpoint} is in trouble: it answered with status ${status}`,
      'Give the same command again later; it goes on where it stopped.',
    );
  return refused(`${endpoint} answered with status ${status}`, 'Check that HF_ENDPOINT is the address of a hub.');
}

function secondsIn(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) * 1000 : null;
}
