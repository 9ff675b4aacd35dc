import { createHash } from 'node:crypto';
import { apiError } from './api-error.ts';

/** What a key may do. */
export const SCOPES = ['classify', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key of the HTTP API, as the database knows it: by the hash of what its holder sends. */
export interface ApiKey {
  id: number;
  scopes: readonly Scope[];
  /** Texts a minute, by each process that answers. */
  textsPerMinute: number;
}

export interface FindApiKey {
  (hash: Uint8Array): Promise<ApiKey | null>;
}

export interface ApiAccess {
  /** Null where the caller may go on, else the answer that says why not. `texts` is what the request costs. */
  refuse(authorization: string | null, scope: Scope, texts: number): Promise<Response | null>;
}

/** How long an answer of the database holds, in ms: a revoked key works that much longer at most. */
const REMEMBERED_MS = 15_000;
/** Keys, right or wrong, that are remembered: strangers may send any number of wrong ones. */
const MOST_REMEMBERED = 1000;
const MINUTE_MS = 60_000;

export function hashOfKey(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}

/**
 * Asks for keys where `required`, and holds each to its rate by a bucket of a minute's texts that refills evenly. Without
 * `required` whoever reaches the server may ask, and a key that is sent all the same has to be right.
 */
export function createApiAccess(options: { find: FindApiKey; required: boolean; now?: () => number }): ApiAccess {
  const { find, required, now = Date.now } = options;
  const remembered = new Map<string, { key: ApiKey | null; until: number }>();
  const buckets = new Map<number, { texts: number; at: number }>();

  async function keyOf(secret: string): Promise<ApiKey | null> {
    const hash = hashOfKey(secret);
    const name = Buffer.from(hash).toString('base64');
    const known = remembered.get(name);
    if (known !== undefined && known.until > now()) return known.key;
    const key = await find(hash);
    remembered.delete(name);
    if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    remembered.set(name, { key, until: now() + REMEMBERED_MS });
    return key;
  }

  /** Milliseconds until the key may ask about so many texts; 0: it just has. */
  function take({ id, textsPerMinute }: ApiKey, texts: number): number {
    const bucket = buckets.get(id) ?? { texts: textsPerMinute, at: now() };
    const refilled = bucket.texts + ((now() - bucket.at) / MINUTE_MS) * textsPerMinute;
    const left = Math.min(textsPerMinute, refilled) - texts;
    buckets.set(id, { texts: left < 0 ? left + texts : left, at: now() });
    return left < 0 ? Math.ceil((-left / textsPerMinute) * MINUTE_MS) : 0;
  }

  return {
    async refuse(authorization, scope, texts) {
      const secret = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (secret === undefined) {
        if (!required) return null;
        return apiError(401, 'Send a key: `Authorization: Bearer ek_…`. `evenkeel api-keys create` makes one.', {
          'www-authenticate': 'Bearer',
        });
      }
      const key = await keyOf(secret);
      if (key === null) return apiError(401, 'This key is unknown or revoked.', { 'www-authenticate': 'Bearer' });
      if (!key.scopes.includes(scope)) return apiError(403, `This key is not for ${scope}.`);
      if (texts > key.textsPerMinute) {
        return apiError(413, `This key may ask about ${key.textsPerMinute} texts a minute: send fewer at once.`);
      }
      const wait = take(key, texts);
      if (wait === 0) return null;
      return apiError(429, `This key may ask about ${key.textsPerMinute} texts a minute.`, {
        'retry-after': String(Math.ceil(wait / 1000)),
      });
    },
  };
}
