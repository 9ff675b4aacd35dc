import { request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createConsole } from '../../src/console/server.ts';
import type { Console, ConsoleOptions } from '../../src/console/server.ts';
import { createLogger } from '../../src/runtime/log.ts';
import type { HttpRoute } from '../../src/runtime/http-route.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-page-'));
const page = pathToFileURL(`${folder}/`);
const running: Console[] = [];

beforeAll(() => {
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'main.js'), 'export {};');
  writeFileSync(join(folder, 'notes.txt'), 'not part of the page');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

/** Echoes its body and parameters. */
const echo: HttpRoute = {
  method: 'POST',
  path: '/api/echo/:word',
  handler: async (incoming, { params }) => Response.json({ params, body: await incoming.text() }),
};

async function start(options: Partial<ConsoleOptions> = {}): Promise<Console> {
  const server = createConsole({ port: 0, page, routes: [echo], ...options });
  await server.start();
  running.push(server);
  return server;
}

/** A request whose every header is the test's own, as `fetch` does not allow. */
function send(
  { url }: Console,
  path: string,
  options: RequestOptions = {},
  body?: string,
): Promise<{ status: number; text: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { agent: false, ...options }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode!, text, headers: incoming.headers }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const UUID = /^[-0-9a-f]{36}$/;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('the console', () => {
  it('serves the page and its files, and nothing else of their folder', async () => {
    const server = await start();
    const index = await fetch(`${server.url}/`);
    expect([index.status, index.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await index.text()).toContain('<title>page</title>');
    const script = await fetch(`${server.url}/main.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    for (const path of ['/notes.txt', '/index.html', '/../package.json', '/%2e%2e/package.json', '/%']) {
      expect([path, (await send(server, path)).status]).toEqual([path, 404]);
    }
  });

  it('answers an unchanged file with 304', async () => {
    const { url } = await start();
    const { headers } = await fetch(`${url}/main.js`);
    const again = await fetch(`${url}/main.js`, { headers: { 'if-none-match': headers.get('etag')! } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('forbids scripts, styles and connections from anywhere else on every answer', async () => {
    const { url } = await start();
    for (const path of ['/', '/main.js', '/healthz', '/nowhere']) {
      const { headers } = await fetch(url + path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('mounts routes with their parameters', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/api/echo/a%20b`, { method: 'POST', headers: JSON_TYPE, body: '{"a":1}' });
    expect(await response.json()).toEqual({ params: { word: 'a b' }, body: '{"a":1}' });
  });

  it('answers an unknown path with a sentence', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/nowhere`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'Nothing is at /nowhere. The page is at /.' },
    ]);
  });

  it('hides what went wrong inside, and logs it', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line) });
    const broken: HttpRoute = {
      method: 'GET',
      path: '/api/broken',
      handler: () => Promise.reject(new Error('table x')),
    };
    const { url } = await start({ routes: [broken], log });
    const response = await fetch(`${url}/api/broken`);
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'The server could not do this. Its log says why.', request: expect.stringMatching(UUID) },
    ]);
    expect(lines.join('')).toMatch(
      /a request failed request=[-0-9a-f]{36} method=GET path=\/api\/broken reason="table x"/,
    );
  });

  it('is healthy as long as what it is told of is', async () => {
    const { url } = await start({ health: () => Promise.resolve({ queued: 3 }) });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', queued: 3 });
    const failing = await start({ health: () => Promise.reject(new Error('no database')) });
    const response = await fetch(`${failing.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'failing', reason: 'no database' }]);
  });
});

describe('the console refuses', () => {
  it('a Host that is not its own, as a page that rebinds its name sends', async () => {
    const server = await start();
    const port = new URL(server.url).port;
    const statusFor = async (host: string): Promise<number> => (await send(server, '/', { headers: { host } })).status;
    for (const host of [`evil.example:${port}`, 'evil.example', `192.168.0.7:${port}`, `localhost.evil.example`]) {
      expect([host, await statusFor(host)]).toEqual([host, 421]);
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'LOCALHOST:9000']) {
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    }
  });

  it('no name that it was given', async () => {
    const server = await start({ hostNames: ['keel.example'] });
    expect((await send(server, '/', { headers: { host: 'keel.example' } })).status).toBe(200);
  });

  it('a change that a page of another site asks for', async () => {
    const server = await start();
    const statusFor = async (headers: Record<string, string>): Promise<number> =>
      (await send(server, '/api/echo/x', { method: 'POST', headers: { ...JSON_TYPE, ...headers } }, '{}')).status;
    expect(await statusFor({ origin: 'https://evil.example' })).toBe(403);
    expect(await statusFor({ origin: 'null' })).toBe(403);
    expect(await statusFor({ origin: server.url.replace(/\d+$/, '1') })).toBe(403);
    expect(await statusFor({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusFor({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await statusFor({ origin: server.url, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusFor({})).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'a body of the type %j, which a form could send',
    async (type) => {
      const server = await start();
      const headers = type === '' ? {} : { 'content-type': type };
      const { status, text } = await send(server, '/api/echo/x', { method: 'POST', headers }, '{}');
      expect([status, JSON.parse(text)]).toEqual([
        415,
        { error: 'Send JSON: the content-type has to be application/json.' },
      ]);
    },
  );

  it('a body over 64 kB, whether or not its length is told', async () => {
    const { url } = await start();
    const big = 'x'.repeat(64 * 1024 + 1);
    const post = (body: RequestInit): Promise<Response> =>
      fetch(`${url}/api/echo/x`, { method: 'POST', headers: JSON_TYPE, ...body });
    const told = await post({ body: big });
    expect([told.status, await told.json()]).toEqual([413, { error: 'That is too long: a request may have 64 kB.' }]);
    const chunked = new Blob([big]).stream();
    expect((await post({ body: chunked, duplex: 'half' })).status).toBe(413);
    expect((await post({ body: 'x'.repeat(64 * 1024) })).status).toBe(200);
  });

  it('a port that is in use, and says what to do', async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    await expect(createConsole({ port }).start()).rejects.toMatchObject({
      code: 'port',
      message: `Port ${port} on 127.0.0.1 is in use`,
      hint: expect.stringMatching(new RegExp(`--port ${port + 1}`)),
    });
  });

  it("an address that is not this machine's", async () => {
    await expect(createConsole({ host: '192.0.2.1', port: 0 }).start()).rejects.toMatchObject({
      code: 'port',
      message: '192.0.2.1 is not an address of this machine',
    });
  });
});

describe('the console stops', () => {
  it('with streams open, which it ends', async () => {
    let heard: AbortSignal | null = null;
    const stream: HttpRoute = {
      method: 'GET',
      path: '/api/stream',
      handler: (_incoming, { signal }) => {
        heard = signal;
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('data: 1\n\n'));
            signal.addEventListener('abort', () => controller.close());
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
    };
    const server = await start({ routes: [stream] });
    const response = await fetch(`${server.url}/api/stream`);
    const reading = response.text();
    await server.stop();
    expect(await reading).toBe('data: 1\n\n');
    expect(heard!.aborted).toBe(true);
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  it('after the request in hand is answered', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: finish, resolve: release } = Promise.withResolvers<void>();
    const slow: HttpRoute = {
      method: 'GET',
      path: '/api/slow',
      handler: async () => {
        begin();
        await finish;
        return Response.json({ done: true });
      },
    };
    const server = await start({ routes: [slow] });
    const answer = fetch(`${server.url}/api/slow`);
    await begun;
    const stopping = server.stop();
    release();
    expect(await (await answer).json()).toEqual({ done: true });
    await stopping;
  });

  it('where it never started', async () => {
    await expect(createConsole({ port: 0 }).stop()).resolves.toBeUndefined();
  });

  it('telling a route when its reader goes away', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const stream: HttpRoute = {
      method: 'GET',
      path: '/api/stream',
      handler: (_incoming, { signal }) => {
        signal.addEventListener('abort', () => leave());
        const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('x')) });
        return new Response(body);
      },
    };
    const { url } = await start({ routes: [stream] });
    const reader = new AbortController();
    const response = await fetch(`${url}/api/stream`, { signal: reader.signal });
    await response.body!.getReader().read();
    reader.abort();
    await left;
  });
});
