import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createApiAccess } from '../../src/console/api/api-access.ts';
import type { ApiKey } from '../../src/console/api/api-access.ts';
import { classifyRoutes } from '../../src/console/api/classify.ts';
import { inferenceProtocolRoutes } from '../../src/console/api/inference-protocol.ts';
import { openApiDocument } from '../../src/console/api/openapi-document.ts';
import { createConsole } from '../../src/console/server.ts';
import type { Console } from '../../src/console/server.ts';
import type { Classify } from '../../src/domain/verdict.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { memorySessions } from './memory-sessions.ts';
import { Secret } from '../../src/runtime/secrets.ts';

/** Scores by length: enough of a model to see which text got which answer. */
const byLength: Classify = (texts) =>
  Promise.resolve(
    texts.map((text) => ({
      score: Math.min(1, text.length / 10),
      language: 'en',
      adapter: 'en',
      adapterVersion: '77aa2b19c4d3',
      reason: 'language',
    })),
  );

const KEYS: Record<string, ApiKey> = {
  ek_classify: { id: 1, scopes: ['classify'], textsPerMinute: 100 },
  ek_metrics: { id: 2, scopes: ['metrics'], textsPerMinute: 100 },
};
const clock = { now: 0 };
const lines: string[] = [];
const lookups: string[] = [];
let server: Console;

beforeAll(async () => {
  const byHash = new Map(
    Object.entries(KEYS).map(([secret, key]) => [createHash('sha256').update(secret).digest('hex'), key]),
  );
  const access = createApiAccess({
    required: true,
    now: () => clock.now,
    find: (hash) => {
      lookups.push(Buffer.from(hash).toString('hex'));
      return Promise.resolve(byHash.get(lookups.at(-1)!) ?? null);
    },
  });
  const api = { model: 'mini', classify: byLength, adapters: () => new Map([['en', '77aa2b19c4d3']]), access };
  server = createConsole({
    port: 0,
    access: { token: new Secret('the-token-of-operators'), sessions: memorySessions() },
    routes: [...classifyRoutes(api), ...inferenceProtocolRoutes(api)],
    log: createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) }),
  });
  await server.start();
});
afterAll(() => server.stop());

function post(path: string, body: unknown, key: string | null = 'ek_classify'): Promise<Response> {
  clock.now += 60_000;
  return fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('POST /v1/classify', () => {
  it('answers each text in its order, as its document says', async () => {
    const response = await post('/v1/classify', { texts: ['one', 'eleven long'] });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      model: 'mini',
      results: [
        {
          score: 0.3,
          polarized: false,
          language: 'en',
          adapter: 'en',
          adapter_version: '77aa2b19c4d3',
          reason: 'language',
        },
        {
          score: 1,
          polarized: true,
          language: 'en',
          adapter: 'en',
          adapter_version: '77aa2b19c4d3',
          reason: 'language',
        },
      ],
    });
    const published = await (await fetch(`${server.url}/v1/openapi.json`)).json();
    expect(published).toEqual(openApiDocument());
  });

  it('asks for a key that is right, and for this', async () => {
    const statusWith = async (key: string | null) => (await post('/v1/classify', { texts: ['x'] }, key)).status;
    expect(await statusWith(null)).toBe(401);
    expect(await statusWith('ek_wrong')).toBe(401);
    expect(await statusWith('ek_metrics')).toBe(403);
    expect(await statusWith('the-token-of-operators')).toBe(401);
    expect(await statusWith('ek_classify')).toBe(200);
  });

  it.each([
    ['no JSON', '{"texts": [', 'The body is no JSON.'],
    ['no list', { texts: 'x' }, 'Send {"texts": ["…", "…"]}.'],
    ['other than texts', { texts: ['x', 1] }, 'Send {"texts": ["…", "…"]}.'],
    ['nothing', { texts: [] }, 'There is no text to classify.'],
    ['too many', { texts: Array.from({ length: 257 }, () => 'x') }, 'Send at most 256 texts at once.'],
    ['one too long', { texts: ['x', 'y'.repeat(10_001)] }, 'Text 1 has more than 10000 characters.'],
  ])('says what is wrong with %s', async (_, body, error) => {
    const response = await post('/v1/classify', body);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  it('takes texts up to its own limit of a body, over the page’s', async () => {
    const texts = Array.from({ length: 40 }, () => 'z'.repeat(9000));
    expect((await post('/v1/classify', { texts })).status).toBe(200);
    expect((await post('/v1/classify', { texts: ['z'.repeat(4 * 1024 * 1024)] })).status).toBe(413);
  });

  it('never logs a text or a key', () => {
    expect(lines.join('')).not.toMatch(/zzz|ek_|eleven/);
  });
});

describe('a key', () => {
  it('has its texts a minute, which come back evenly', async () => {
    const now = { ms: 0 };
    const access = createApiAccess({
      required: true,
      now: () => now.ms,
      find: () => Promise.resolve({ id: 7, scopes: ['classify'], textsPerMinute: 60 }),
    });
    const ask = async (texts: number) => {
      const refused = await access.refuse('Bearer k', 'classify', texts);
      return refused === null ? 'ok' : `${refused.status} ${refused.headers.get('retry-after') ?? ''}`;
    };
    expect(await ask(61)).toBe('413 ');
    expect(await ask(40)).toBe('ok');
    expect(await ask(40)).toBe('429 20');
    now.ms += 20_000;
    expect(await ask(40)).toBe('ok');
    expect(await ask(1)).toBe('429 1');
  });

  it('is looked up once in fifteen seconds, and dead by then if it was revoked', async () => {
    const now = { ms: 0 };
    let key: ApiKey | null = { id: 7, scopes: ['classify'], textsPerMinute: 60 };
    let asked = 0;
    const access = createApiAccess({
      required: true,
      now: () => now.ms,
      find: () => ((asked += 1), Promise.resolve(key)),
    });
    const refused = async () => (await access.refuse('Bearer k', 'classify', 1))?.status ?? null;
    for (let i = 0; i < 5; i += 1) expect(await refused()).toBeNull();
    expect(asked).toBe(1);
    key = null;
    now.ms += 15_001;
    expect(await refused()).toBe(401);
  });

  it('is not asked for where only this machine can ask', async () => {
    const access = createApiAccess({ required: false, find: () => Promise.resolve(null) });
    expect(await access.refuse(null, 'classify', 1)).toBeNull();
    expect((await access.refuse('Bearer wrong', 'classify', 1))?.status).toBe(401);
  });
});

describe('the Open Inference Protocol', () => {
  const infer = (body: unknown) => post('/v2/models/evenkeel/infer', body);
  const input = (data: unknown[], shape = [data.length]) => ({ name: 'text', datatype: 'BYTES', shape, data });

  it('describes its one model', async () => {
    const get = async (path: string) => (await fetch(server.url + path)).json();
    expect(await get('/v2')).toMatchObject({ name: 'evenkeel' });
    expect(await get('/v2/health/live')).toEqual({ live: true });
    expect(await get('/v2/health/ready')).toEqual({ ready: true });
    expect(await get('/v2/models/evenkeel/ready')).toEqual({ name: 'evenkeel', ready: true });
    expect(await get('/v2/models/evenkeel')).toMatchObject({
      name: 'evenkeel',
      versions: ['en-77aa2b19c4d3'],
      inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    });
    expect((await fetch(`${server.url}/v2/models/other`)).status).toBe(404);
  });

  it('answers a tensor for each output that is asked for', async () => {
    const response = await infer({
      id: '42',
      inputs: [input(['four', 'sixsix'])],
      outputs: [{ name: 'score' }, { name: 'polarized' }],
    });
    expect(await response.json()).toEqual({
      model_name: 'evenkeel',
      id: '42',
      outputs: [
        { name: 'score', datatype: 'FP32', shape: [2], data: [0.4, 0.6] },
        { name: 'polarized', datatype: 'BOOL', shape: [2], data: [false, true] },
      ],
    });
    const nested = await infer({ inputs: [input([['four'], ['sixsix']], [2, 1])] });
    expect(((await nested.json()) as { outputs: { name: string }[] }).outputs.map(({ name }) => name)).toEqual([
      'score',
      'polarized',
      'language',
      'adapter',
      'adapter_version',
    ]);
  });

  it.each([
    ['no input', {}, 'Send one input, named text.'],
    ['another input', { inputs: [{ ...input(['x']), name: 'ids' }] }, 'The input is text, of datatype BYTES.'],
    ['a shape that does not fit', { inputs: [input(['x'], [3])] }, 'The shape holds 3 texts, the data 1.'],
    ['numbers', { inputs: [input([1])] }, 'The data of the input are strings.'],
    [
      'an output that is not',
      { inputs: [input(['x'])], outputs: [{ name: 'logits' }] },
      'There is no output "logits".',
    ],
  ])('says what is wrong with %s', async (_, body, error) => {
    const response = await infer(body);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });
});

describe('the API', () => {
  it('takes anything for an answer but never fails of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/classify', '/v2/models/evenkeel/infer'),
        fc.jsonValue(),
        async (path, body) => {
          const { status } = await post(path, JSON.stringify(body));
          expect([200, 400, 413]).toContain(status);
        },
      ),
      { numRuns: 150, seed: 8 },
    );
    expect(
      (
        await post(
          '/v2/models/evenkeel/infer',
          `{"inputs":[{"name":"text","datatype":"BYTES","shape":[1],"data":${'['.repeat(9000)}"x"${']'.repeat(9000)}}]}`,
        )
      ).status,
    ).toBe(400);
  });
});
