import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../runtime/secrets.ts';

export const SESSION_COOKIE = 'evenkeel-session';
/** How long a sign-in holds, in s. */
const SESSION_SECONDS = 12 * 60 * 60;
/** Wrong tokens in a row's minute after which even a right one has to wait: 2^128 guesses take for ever at that rate. */
const MOST_FAILURES = 10;
const FAILURE_WINDOW_MS = 60_000;

/** `wait`: too many wrong tokens lately. */
export type SignIn = { cookie: string } | 'wrong' | 'wait';

/** Who may use the console of a server that others can reach: whoever has its token. Keeps no list of sessions. */
export interface OperatorAccess {
  /** Whether a request carries the token (`Authorization: Bearer`) or the cookie of a sign-in that still holds. */
  isAllowed(headers: { authorization: string | undefined; cookie: string | undefined }): boolean;
  /** `secure`: whether the browser came by https, so that the cookie must never leave by http. */
  signIn(token: string, secure: boolean): SignIn;
  /** A `Set-Cookie` that ends the sign-in of this browser. */
  signOut(): string;
}

/** Sessions are signed under a key made of the token: another token ends them all. */
export function createOperatorAccess(token: Secret<string>, now: () => number = Date.now): OperatorAccess {
  const expected = digest(token.reveal());
  const key = createHash('sha256').update(`evenkeel session\0${token.reveal()}`).digest();
  let failures: number[] = [];

  const isToken = (given: string): boolean => timingSafeEqual(digest(given), expected);

  function isSession(value: string): boolean {
    const [expires = '', nonce = '', signature = ''] = value.split('.');
    const right = sign(key, `${expires}.${nonce}`);
    if (signature.length !== right.length) return false;
    return timingSafeEqual(Buffer.from(signature), Buffer.from(right)) && Number(expires) > now() / 1000;
  }

  return {
    isAllowed({ authorization, cookie }) {
      const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (bearer !== undefined) return isToken(bearer);
      const session = sessionIn(cookie);
      return session !== null && isSession(session);
    },
    signIn(given, secure) {
      failures = failures.filter((at) => at > now() - FAILURE_WINDOW_MS);
      if (failures.length >= MOST_FAILURES) return 'wait';
      if (!isToken(given.trim())) {
        failures.push(now());
        return 'wrong';
      }
      const payload = `${Math.floor(now() / 1000) + SESSION_SECONDS}.${randomBytes(12).toString('base64url')}`;
      return { cookie: cookieOf(`${payload}.${sign(key, payload)}`, SESSION_SECONDS, secure) };
    },
    signOut: () => cookieOf('', 0, false),
  };
}

function cookieOf(value: string, seconds: number, secure: boolean): string {
  return `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

function sessionIn(cookie: string | undefined): string | null {
  const pairs = (cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1) ?? null;
}

function sign(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

/** Of one length whatever was given, as comparing in constant time needs. */
function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
