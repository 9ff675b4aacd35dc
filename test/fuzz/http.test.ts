import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLocalConnector } from '../../src/connectors/local/connector.ts';
import { createDiscordSignIn } from '../../src/connectors/discord/sign-in.ts';
import { createApiAccess } from '../../src/console/api/api-access.ts';
import { classifyRoutes } from '../../src/console/api/classify.ts';
import { inferenceProtocolRoutes } from '../../src/console/api/inference-protocol.ts';
import { createApp } from '../../src/console/app.ts';
import { createOperatorAccess } from '../../src/console/operator-access.ts';
import { NO_TEXT_VERDICT } from '../../src/domain/verdict.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { Secret } from '../../src/runtime/secrets.ts';
import { memorySessions } from '../console/memory-sessions.ts';
import { MemoryModeration } from '../connectors/memory-moderation.ts';
import { keptLog, leaks, LONG, malformed, RUNS, SECRET_WORDS } from './malformed.ts';
import type { Json } from './malformed.ts';

const TOKEN = 'operators-token-of-this-test';
const KEY = 'ek_key-of-this-test';
const CLIENT_SECRET = 'client-secret-of-this-test';

const ROUTES: readonly (readonly [method: string, path: string, body: Json])[] = [
  ['GET', '/', null],
  ['GET', '/healthz', null],
  ['GET', '/readyz', null],
  ['GET', '/metrics', null],
  ['GET', '/sign-in', null],
  ['GET', '/sign-in/discord', null],
  ['GET', '/sign-in/discord/callback?state=x&code=y', null],
  ['GET', '/communities', null],
  ['GET', '/communities/discord/1', null],
  ['GET', '/api/communities/local/local', null],
  ['GET', '/reports', null],
  ['GET', '/v1/openapi.json', null],
  ['GET', '/v2/models/evenkeel', null],
  ['POST', '/sign-in', { token: 'guess' }],
  ['POST', '/sign-out', {}],
  ['POST', '/v1/classify', { texts: [SECRET_WORDS, 'two'] }],
  [
    'POST',
    '/v2/models/evenkeel/infer',
    {
      id: '1',
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [SECRET_WORDS] }],
      outputs: [{ name: 'score' }],
    },
  ],
  ['POST', '/api/local/posts', { channel: 'general', author: 'ann', text: SECRET_WORDS }],
  ['PUT', '/api/local/posts/1', { author: 'ann', text: SECRET_WORDS }],
  ['DELETE', '/api/local/posts/1', { author: 'ann' }],
  [
    'POST',
    '/api/local/labels',
    { flag: '00000000-0000-4000-8000-000000000000', moderator: 'ann', answer: 'polarized' },
  ],
  ['POST', '/api/local/commands', { text: '/keel check a post', moderator: 'ann', channel: 'general' }],
];

/** A request that has a route in mind, and gets some of it wrong. */
const request = fc.constantFrom(...ROUTES).chain(([method, path, valid]) =>
  fc.record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant(method) },
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
    ),
    path: fc.oneof(
      { weight: 6, arbitrary: fc.constant(path) },
      fc.webPath().map((more) => `${path}${more}`),
      fc.webQueryParameters().map((query) => `${path}?${query}`),
      fc.constantFrom(
        `${path}/%`,
        `${path}%00`,
        `${path}/%ff%fe`,
        `//${path}`,
        `${path}/../..`,
        `${path}?state=%ff&code=%`,
      ),
    ),
    body: fc.oneof(
      { weight: 5, arbitrary: malformed(valid).map((value) => JSON.stringify(value) ?? '') },
      fc.constant(JSON.stringify(valid)),
      fc.nat({ max: 60 }).map((end) => JSON.stringify({ text: SECRET_WORDS, texts: [valid] }).slice(0, end)),
      fc.string({ unit: 'binary' }),
      fc.constant('['.repeat(20_000)),
    ),
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constant('application/json') },
      fc.constantFrom(
        '',
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'multipart/form-data',
      ),
    ),
    authorization: fc.constantFrom(`Bearer ${TOKEN}`, `Bearer ${TOKEN}`, `Bearer ${KEY}`, 'Bearer', 'Basic eDp5', ''),
    cookie: fc.oneof(
      fc.constantFrom(
        '',
        'evenkeel-session=',
        'evenkeel-session=abc',
        'evenkeel-sign-in=abc; evenkeel-sign-in=',
        ';;;=;',
      ),
      fc.webQueryParameters(),
    ),
    host: fc.oneof(
      { weight: 8, arbitrary: fc.constant('127.0.0.1') },
      fc.constantFrom('', 'evil.example', '[', '127.0.0.1:x', 'localhost:99999'),
    ),
    origin: fc.oneof(
      { weight: 8, arbitrary: fc.constant('') },
      fc.constantFrom('null', 'http://127.0.0.1', 'https://evil.example', ':'),
    ),
  }),
);

it('no request makes the server fail, and nothing of one is in its log', { timeout: LONG }, async () => {
  const { log, lines } = keptLog();
  const local = createLocalConnector({ moderation: new MemoryModeration(), log });
  await local.start();
  const access = createApiAccess({
    find: (hash) => Promise.resolve(hash[0]! < 128 ? { id: 1, scopes: ['classify'], textsPerMinute: 1e7 } : null),
    required: true,
  });
  const api = {
    model: 'mini',
    adapters: () => new Map([['multi', '1']]),
    classify: (texts: readonly string[]) => Promise.resolve(texts.map(() => NO_TEXT_VERDICT)),
    access,
  };
  const stopping = new AbortController();
  // Nothing listens there: what a callback asks of the platform fails.
  const client = { clientId: '1', clientSecret: new Secret(CLIENT_SECRET), url: 'http://127.0.0.1:1' };
  const app = createApp({
    host: '127.0.0.1',
    hostNames: ['keel.example.org'],
    routes: [
      ...local.routes.filter(({ path }) => path !== '/api/local/events'),
      ...classifyRoutes(api),
      ...inferenceProtocolRoutes(api),
    ],
    files: new Map(),
    health: async () => ({}),
    ready: async () => {},
    access: createOperatorAccess(new Secret(TOKEN), memorySessions()),
    providers: [createDiscordSignIn(client)],
    desk: null,
    metrics: createMetrics(),
    mayScrape: async () => false,
    log,
    stopping: stopping.signal,
  });
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, body, type, host, ...headers }) => {
      const url = `http://127.0.0.1${path}`;
      if (URL.parse(url) === null) return;
      const sent = new Headers({ host });
      if (type !== '') sent.set('content-type', type);
      for (const [name, value] of Object.entries(headers))
        if (value !== '') sent.set(name, value.replaceAll(/[^\x20-\x7e]/g, '?'));
      const bare = method === 'GET' || method === 'HEAD';
      const { status } = await app.fetch(new Request(url, { method, headers: sent, ...(!bare && { body }) }));
      seen.set(status, (seen.get(status) ?? 0) + 1);
      expect(status).toBeLessThan(500 + (path.includes('callback') ? 3 : 0));
      expect(status).not.toBe(500);
    }),
    { numRuns: RUNS },
  );
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 404]));
  expect(leaks(lines, [TOKEN, KEY, CLIENT_SECRET])).toEqual([]);
  stopping.abort();
  await local.stop();
});
