import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyBase } from '../classifier/tiny-base.ts';
import { Evenkeel } from './evenkeel.ts';

let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  env = { EVENKEEL_BASE: await tinyBase() };
});
afterAll(() => rmSync(env['EVENKEEL_BASE']!, { recursive: true }));

describe('evenkeel classify', () => {
  it('answers each line before the next one is written, and names bad lines', async () => {
    const run = new Evenkeel(['classify'], env);
    run.write('{"id":"a","text":"They never listen to the people in this town."}\n');
    const first = JSON.parse(await run.line()) as Record<string, unknown>;
    expect(first).toMatchObject({ id: 'a', language: 'en', adapter: 'en' });
    expect(first['polarized']).toBe((first['score'] as number) >= 0.5);

    run.write('no post\n{"id":2,"text":"   "}\n');
    expect(JSON.parse(await run.line())).toEqual({
      id: 2,
      language: 'und',
      adapter: 'none',
      score: 0,
      polarized: false,
    });
    const { status, stderr } = await run.end();
    expect([status, stderr]).toEqual([0, 'standard input, line 2: skipped, it is not JSON\n']);
  });

  it('keeps the order of many posts, long and short', async () => {
    const posts = Array.from({ length: 500 }, (_, id) => ({
      id,
      text: 'They never listen. '.repeat(1 + ((id * 37) % 60)),
    }));
    const { status, stdout } = await new Evenkeel(['classify'], env).end(
      posts.map((post) => JSON.stringify(post)).join('\n'),
    );
    expect(status).toBe(0);
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: number }).id);
    expect(ids).toEqual(posts.map(({ id }) => id));
  });

  it('ends quietly when its reader goes away', async () => {
    const run = new Evenkeel(['classify'], env);
    run.write('{"id":1,"text":"They never listen."}\n');
    await run.line();
    run.child.stdout!.destroy();
    run.write('{"id":2,"text":"They never listen."}\n{"id":3,"text":"They never listen."}\n');
    const { status, stderr } = await run.end();
    expect([status, stderr]).toEqual([0, '']);
  });

  it('says what is missing from a base', async () => {
    const base = await tinyBase({ en: 'adapter' });
    const { status, stderr } = await new Evenkeel(['classify', '--json'], { EVENKEEL_BASE: base }).end('');
    rmSync(base, { recursive: true });
    expect(status).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'model', message: expect.stringContaining('multi') } });
  });
});
