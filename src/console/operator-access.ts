import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Grant } from '../domain/sign-in.ts';
import type { Secret } from '../runtime/secrets.ts';
import { cookieIn, cookieOf } from './cookies.ts';

export const SESSION_COOKIE = 'evenkeel-session';
/** How long a sign-in with the token holds, in s. */
const OPERATOR_SECONDS = 12 * 60 * 60;
/** One by a platform: what the platform said of someone is that old at most. */
const VISITOR_SECONDS = 60 * 60;
/** Wrong tokens in a row's minute after which even a right one has to wait: 2^128 guesses take for ever at that rate. */
const MOST_FAILURES = 10;
const FAILURE_WINDOW_MS = 60_000;

/** `wait`: too many wrong tokens lately. */
export type SignIn = { cookie: string } | 'wrong' | 'wait';

/** Who asks: an operator, who has the server's token, or someone whose platform named communities of theirs. */
export type Visitor = { operator: true } | { operator: false; grants: readonly Grant[] };

/** Where sign-ins are kept, by a hash of what the browser holds. `grants` null: an operator's. */
export interface Sessions {
  /** Resolves to those of the grants whose communities are served here. */
  add(session: { hash: Uint8Array; expiresAt: Date; grants: readonly Grant[] | null }): Promise<readonly Grant[]>;
  /** Null where there is none, or it has expired. */
  find(hash: Uint8Array): Promise<{ grants: readonly Grant[] | null } | null>;
  remove(hash: Uint8Array): Promise<void>;
}

interface Credentials {
  authorization: string | undefined;
  cookie: string | undefined;
}

/** Who may use the console of a server that others can reach. */
export interface OperatorAccess {
  /** By the token (`Authorization: Bearer`), or the cookie of a sign-in that still holds. Null: a stranger. */
  visitor(headers: Credentials): Promise<Visitor | null>;
  /** `secure`: whether the browser came by https, so that the cookie must never leave by http. */
  signIn(token: string, request: { cookie: string | undefined; secure: boolean }): Promise<SignIn>;
  /** Null where none of the grants is of a community that is served here. */
  admit(
    grants: readonly Grant[],
    request: { cookie: string | undefined; secure: boolean },
  ): Promise<{ cookie: string } | null>;
  /** Ends the sign-in of this browser everywhere; resolves to a `Set-Cookie` that takes its cookie away. */
  signOut(cookie: string | undefined): Promise<string>;
}

/** Sessions are stored by a hash that the token takes part in: another token ends them all. */
export function createOperatorAccess(
  token: Secret<string>,
  sessions: Sessions,
  now: () => number = Date.now,
): OperatorAccess {
  const expected = digest(token.reveal());
  const key = createHash('sha256').update(`evenkeel session\0${token.reveal()}`).digest();
  let failures: number[] = [];

  const isToken = (given: string): boolean => timingSafeEqual(digest(given), expected);
  const hashOf = (value: string): Uint8Array => createHmac('sha256', key).update(value).digest();

  /** A new cookie for every sign-in; the browser's earlier one, whoever put it there, is worth nothing afterwards. */
  async function open(
    grants: readonly Grant[] | null,
    { cookie, secure }: { cookie: string | undefined; secure: boolean },
  ): Promise<{ cookie: string } | null> {
    await end(cookie);
    const value = randomBytes(32).toString('base64url');
    const seconds = grants === null ? OPERATOR_SECONDS : VISITOR_SECONDS;
    const session = { hash: hashOf(value), expiresAt: new Date(now() + seconds * 1000), grants };
    const served = await sessions.add(session);
    if (grants !== null && served.length === 0) {
      await sessions.remove(session.hash);
      return null;
    }
    return { cookie: cookieOf(SESSION_COOKIE, value, { seconds, secure }) };
  }

  async function end(cookie: string | undefined): Promise<void> {
    const before = cookieIn(cookie, SESSION_COOKIE);
    if (before !== null) await sessions.remove(hashOf(before));
  }

  return {
    async visitor({ authorization, cookie }) {
      const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (bearer !== undefined) return isToken(bearer) ? { operator: true } : null;
      const value = cookieIn(cookie, SESSION_COOKIE);
      const session = value === null ? null : await sessions.find(hashOf(value));
      if (session === null) return null;
      return session.grants === null ? { operator: true } : { operator: false, grants: session.grants };
    },
    async signIn(given, request) {
      failures = failures.filter((at) => at > now() - FAILURE_WINDOW_MS);
      if (failures.length >= MOST_FAILURES) return 'wait';
      if (!isToken(given.trim())) {
        failures.push(now());
        return 'wrong';
      }
      return (await open(null, request))!;
    },
    admit: (grants, request) => open(grants, request),
    async signOut(cookie) {
      await end(cookie);
      return cookieOf(SESSION_COOKIE, '', { seconds: 0, secure: false });
    },
  };
}

/** Of one length whatever was given, as comparing in constant time needs. */
function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
