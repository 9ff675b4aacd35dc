import { describe, expect, it } from 'vitest';
import { createConsole } from '../../src/console/server.ts';
import { createOperatorAccess, SESSION_COOKIE } from '../../src/console/operator-access.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { Secret } from '../../src/runtime/secrets.ts';
import { memorySessions } from './memory-sessions.ts';

const TOKEN = 'correct-horse-battery';
const START = Date.UTC(2026, 10, 24);

function access(token = TOKEN, sessions = memorySessions(() => START)) {
  const clock = { now: START };
  return { clock, sessions, access: createOperatorAccess(new Secret(token), sessions, () => clock.now) };
}

const BY_HTTPS = { cookie: undefined, secure: true };

async function sessionOf(given: ReturnType<typeof createOperatorAccess>, cookie?: string): Promise<string> {
  const result = await given.signIn(TOKEN, { cookie, secure: true });
  if (typeof result === 'string') throw new Error(result);
  return result.cookie.split(';')[0]!;
}

describe('operators', () => {
  const isOperator = async (
    given: ReturnType<typeof createOperatorAccess>,
    { authorization, cookie }: { authorization?: string; cookie?: string },
  ) => (await given.visitor({ authorization, cookie }))?.operator === true;

  it('are let in by the token, and by the cookie that it gave them', async () => {
    const { access: open } = access();
    expect(await isOperator(open, { authorization: `Bearer ${TOKEN}` })).toBe(true);
    expect(await isOperator(open, { cookie: `other=1; ${await sessionOf(open)}` })).toBe(true);
    expect(await isOperator(open, {})).toBe(false);
    expect(await isOperator(open, { authorization: `Bearer ${TOKEN}x`, cookie: await sessionOf(open) })).toBe(false);
  });

  it('keep a cookie that scripts and other sites cannot use', async () => {
    const { access: open } = access();
    expect(await open.signIn(TOKEN, BY_HTTPS)).toMatchObject({
      cookie: expect.stringMatching(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/),
    });
  });

  it('sign in again after twelve hours, and where the token is another', async () => {
    const clock = { now: START };
    const sessions = memorySessions(() => clock.now);
    const { access: open } = access(TOKEN, sessions);
    const cookie = await sessionOf(open);
    clock.now += 12 * 3_600_000 - 1000;
    expect(await isOperator(open, { cookie })).toBe(true);
    expect(await isOperator(access('another-token-of-length', sessions).access, { cookie })).toBe(false);
    clock.now += 2000;
    expect(await isOperator(open, { cookie })).toBe(false);
  });

  it('have another cookie after each sign-in, and none that holds after they signed out', async () => {
    const { access: open, sessions } = access();
    const first = await sessionOf(open);
    const second = await sessionOf(open, first);
    expect(second).not.toBe(first);
    expect([await isOperator(open, { cookie: first }), await isOperator(open, { cookie: second })]).toEqual([
      false,
      true,
    ]);
    expect(await open.signOut(second)).toMatch(/^evenkeel-session=; Path=\/; Max-Age=0/);
    expect(await isOperator(open, { cookie: second })).toBe(false);
    expect(sessions.kept.size).toBe(0);
  });

  it('are known to the store by a hash of what they hold', async () => {
    const { access: open, sessions } = access();
    const value = (await sessionOf(open)).split('=')[1]!;
    expect(JSON.stringify([...sessions.kept])).not.toContain(value);
    for (const cookie of [[...sessions.kept.keys()][0]!, '', '.', value.slice(1)]) {
      expect(await isOperator(open, { cookie: `${SESSION_COOKIE}=${cookie}` })).toBe(false);
    }
  });

  it('wait a minute after ten wrong tokens, even with the right one', async () => {
    const { access: open, clock } = access();
    for (let i = 0; i < 10; i += 1) expect(await open.signIn('wrong', BY_HTTPS)).toBe('wrong');
    expect(await open.signIn(TOKEN, BY_HTTPS)).toBe('wait');
    clock.now += 61_000;
    expect(await open.signIn(TOKEN, BY_HTTPS)).toHaveProperty('cookie');
  });
});

describe('a server that others can reach', () => {
  async function open<T>(work: (url: string) => Promise<T>): Promise<T> {
    const secret = {
      method: 'GET' as const,
      path: '/api/posts',
      handler: () => Response.json({ posts: ['x'] }),
    };
    const server = createConsole({
      port: 0,
      routes: [secret],
      access: { token: new Secret(TOKEN), sessions: memorySessions() },
      metrics: createMetrics(),
    });
    await server.start();
    try {
      return await work(server.url);
    } finally {
      await server.stop();
    }
  }
  const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers, redirect: 'manual' });

  it('shows nothing to who has not signed in', async () => {
    await open(async (url) => {
      for (const path of ['/', '/api/posts', '/metrics', '/nowhere']) expect((await get(url + path)).status).toBe(401);
      const browser = await get(`${url}/`, { accept: 'text/html' });
      expect([browser.status, browser.headers.get('location')]).toEqual([303, '/sign-in']);
      expect((await get(`${url}/healthz`)).status).toBe(200);
      expect((await get(`${url}/readyz`)).status).toBe(200);
    });
  });

  it('lets a browser sign in by its form, and out again', async () => {
    await open(async (url) => {
      expect(await (await get(`${url}/sign-in`)).text()).toContain('<form method="post" action="/sign-in">');
      const post = (path: string, token: string, headers: Record<string, string> = {}) =>
        fetch(url + path, { method: 'POST', headers, body: new URLSearchParams({ token }), redirect: 'manual' });
      const wrong = await post('/sign-in', 'guess');
      expect([wrong.status, await wrong.text()]).toEqual([401, expect.stringContaining('not this server’s token')]);
      const right = await post('/sign-in', TOKEN);
      expect([right.status, right.headers.get('location')]).toEqual([303, '/']);
      const cookie = right.headers.get('set-cookie')!.split(';')[0]!;
      expect(await (await get(`${url}/api/posts`, { cookie })).json()).toEqual({ posts: ['x'] });
      expect((await post('/sign-in', TOKEN, { origin: 'https://evil.example' })).status).toBe(403);
      const out = await post('/sign-out', '', { cookie });
      expect(out.headers.get('set-cookie')).toMatch(/^evenkeel-session=; Path=\/; Max-Age=0/);
    });
  });

  it('gives metrics to the bearer of its token', async () => {
    await open(async (url) => {
      const response = await get(`${url}/metrics`, { authorization: `Bearer ${TOKEN}` });
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      await get(`${url}/nowhere/9c1185a5`, { authorization: `Bearer ${TOKEN}` });
      const text = await (await get(`${url}/metrics`, { authorization: `Bearer ${TOKEN}` })).text();
      expect(text).toContain('evenkeel_http_requests_total{method="GET",route="/metrics",status="200"} 1\n');
      expect(text).toContain('evenkeel_http_requests_total{method="GET",route="none",status="404"} 1\n');
      expect(text).not.toContain('9c1185a5');
    });
  });

  it('gives metrics to who may scrape them, and nothing else', async () => {
    const mayScrape = (authorization: string | undefined) => Promise.resolve(authorization === 'Bearer scraper');
    const server = createConsole({
      port: 0,
      access: { token: new Secret(TOKEN), sessions: memorySessions() },
      metrics: createMetrics(),
      mayScrape,
    });
    await server.start();
    const status = async (path: string, authorization: string) =>
      (await get(server.url + path, { authorization })).status;
    expect(await status('/metrics', 'Bearer scraper')).toBe(200);
    expect(await status('/metrics', 'Bearer other')).toBe(401);
    expect(await status('/', 'Bearer scraper')).toBe(401);
    await server.stop();
  });
});
