import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { Platform } from '../domain/message.ts';
import type { SignInProvider, SignInRound } from '../domain/sign-in.ts';
import { reasonOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { cookieIn, cookieOf } from './cookies.ts';
import type { OperatorAccess } from './operator-access.ts';

/** What a browser keeps while it is at its platform. */
const ROUND_COOKIE = 'evenkeel-sign-in';
const ROUND_SECONDS = 600;
const PATH = '/sign-in/:platform';

export const PLATFORM_NAMES: Readonly<Record<Platform, string>> = {
  discord: 'Discord',
  slack: 'Slack',
  local: 'Local',
};

/** Why someone who came back from their platform is not let in. */
export type Refusal = 'broken' | 'refused' | 'stranger';

/**
 * Sign-in with a platform: `/sign-in/discord` leads there, `/sign-in/discord/callback` is where it leads back to. The state is
 * a hash of a random value that only this browser has, as are the verifier and the nonce: nothing is stored meanwhile, any
 * process may take the answer, and an answer that another browser asked for is worth nothing here.
 */
export function addPlatformSignIn(
  app: Hono,
  {
    access,
    providers,
    log,
    refuse,
  }: {
    access: OperatorAccess;
    providers: readonly SignInProvider[];
    log: Logger;
    refuse: (c: Context, why: Refusal) => Response | Promise<Response>;
  },
): void {
  const providerOf = (c: Context): SignInProvider | undefined =>
    providers.find(({ platform }) => platform === c.req.param('platform'));

  app.get(PATH, (c, next) => {
    const provider = providerOf(c);
    if (provider === undefined) return next();
    const value = randomBytes(32).toString('base64url');
    const path = `/sign-in/${provider.platform}`;
    c.header('set-cookie', cookieOf(ROUND_COOKIE, value, { path, seconds: ROUND_SECONDS, secure: isSecure(c) }));
    c.header('cache-control', 'no-store');
    return c.redirect(provider.address(roundOf(c, provider, value)), 303);
  });

  app.get(`${PATH}/callback`, async (c, next) => {
    const provider = providerOf(c);
    if (provider === undefined) return next();
    c.header('cache-control', 'no-store');
    const value = cookieIn(c.req.header('cookie'), ROUND_COOKIE);
    const path = `/sign-in/${provider.platform}`;
    c.header('set-cookie', cookieOf(ROUND_COOKIE, '', { path, seconds: 0, secure: isSecure(c) }));
    const { state = '', code = '' } = c.req.query();
    const round = value === null ? null : roundOf(c, provider, value);
    if (round === null || !isSame(state, round.state)) return refuse(c, 'broken');
    if (code === '') return refuse(c, 'refused');
    let grants;
    try {
      grants = await provider.grants(code, round);
    } catch (error) {
      log.warn('a sign-in failed', { platform: provider.platform, reason: reasonOf(error) });
      return refuse(c, 'refused');
    }
    const admitted = await access.admit(grants, { cookie: c.req.header('cookie'), secure: isSecure(c) });
    if (admitted === null) return refuse(c, 'stranger');
    c.header('set-cookie', admitted.cookie, { append: true });
    return c.redirect('/communities', 303);
  });
}

export function isSecure(c: Context): boolean {
  return c.req.header('x-forwarded-proto') === 'https';
}

function roundOf(c: Context, { platform }: SignInProvider, value: string): SignInRound {
  const made = (what: string): string =>
    createHash('sha256').update(`${what} ${platform} ${value}`).digest('base64url');
  // The name is one that this server answers to (guard.ts), and the platform sends no one to an address it was not told.
  const origin = `${isSecure(c) ? 'https' : 'http'}://${c.req.header('host')}`;
  return {
    redirect: `${origin}/sign-in/${platform}/callback`,
    state: made('state'),
    verifier: made('verifier'),
    nonce: made('nonce'),
  };
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
