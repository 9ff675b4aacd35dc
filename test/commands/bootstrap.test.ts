import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { HubServer } from '../model/hub-server.ts';
import { FILES, ID } from '../model/tiny-hub.ts';
import { evenkeel, Evenkeel } from './evenkeel.ts';

let hub: HubServer;
let commit: string;
let folder: string;
let env: NodeJS.ProcessEnv;

/** Posts that one word decides, as POLAR's files have them. */
function csv(language: string, count: number): string {
  const rows = Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? `${language}_${i},"they are ""bad"" people, ${'and old '.repeat(i % 7)}${language} ${i}",1`
      : `${language}_${i},we meet friends ${'at the market '.repeat(i % 7)}${language} ${i},0`,
  );
  return `id,text,polarization\n${rows.join('\n')}\n`;
}

beforeAll(async () => {
  hub = await HubServer.start();
  commit = hub.add(ID, FILES);
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-bootstrap-'));
  for (const part of ['train', 'dev', 'test']) mkdirSync(join(folder, 'polar', part), { recursive: true });
  for (const language of ['eng', 'spa']) {
    writeFileSync(join(folder, 'polar', 'train', `${language}.csv`), csv(language, 120));
    writeFileSync(join(folder, 'polar', 'dev', `${language}.csv`), csv(`${language} dev`, 40));
    writeFileSync(join(folder, 'polar', 'test', `${language}.csv`), 'never,read');
  }
  env = {
    EVENKEEL_BASE: '',
    EVENKEEL_DATA_DIR: join(folder, 'data'),
    HF_ENDPOINT: hub.url,
    HF_HOME: join(folder, 'hf'),
    HF_HUB_CACHE: '',
    HF_TOKEN: '',
  };
});
afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true });
});

const commandOn = (data: string, ...more: string[]): string[] => [
  'bootstrap',
  ...`--base ${ID} --r 4 --epochs 3 --learning-rate 1e-2 --threads 1 --json --data`.split(' '),
  data,
  ...more,
];
const command = (...more: string[]): string[] => commandOn(join(folder, 'polar'), ...more);
const run = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status, stdout, stderr } = await evenkeel(args, env);
  const json = stdout === '' ? stderr.trim().split('\n').at(-1)! : stdout;
  return { status, stderr, ...(JSON.parse(json) as Record<string, unknown>) };
};

describe('evenkeel bootstrap', () => {
  const work = (): string => join(folder, 'data', 'bootstrap');

  test('says what it would do, asks nobody and writes nothing', async () => {
    expect(await run(...command('--dry-run'))).toMatchObject({
      pull: true,
      posts: { train: 240, dev: 80 },
      languages: ['en', 'es'],
      trainings: [
        { adapter: 'multi', posts: 240 },
        { adapter: 'en', posts: 120 },
        { adapter: 'es', posts: 120 },
      ],
    });
    expect(hub.requests).toEqual([]);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  test('killed between two trainings, goes on with what is not done yet', async () => {
    const killed = new Evenkeel(command(), env);
    const notes = join(work(), 'bootstrap.json');
    await expect
      .poll(() => existsSync(notes) && readFileSync(notes, 'utf8'), { timeout: 60_000, interval: 20 })
      .toContain('"multi"');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const multi = statSync(join(work(), 'multi', 'adapter_model.safetensors')).mtimeMs;
    const pulled = hub.got('cdn').length;

    const outcome = await run(...command());
    expect(outcome).toMatchObject({
      status: 0,
      finished: true,
      base: `${ID}@${commit}`,
      languages: { en: { count: 40 }, es: { count: 40 } },
      adapters: [{ language: 'en' }, { language: 'es' }],
    });
    expect(outcome['macroF1']).toBeGreaterThan(0.95);
    expect(statSync(join(work(), 'multi', 'adapter_model.safetensors')).mtimeMs).toBe(multi);
    expect(hub.got('cdn')).toHaveLength(pulled);
  });

  test('leaves a base in use, adapters only where they beat multi, a card with each, and no posts', async () => {
    const { adapters, languages } = await run(...command());
    const home = join(folder, 'data', 'adapters', 'someone--tiny-bert');
    for (const { language, kept, macroF1, multiMacroF1 } of adapters as {
      language: string;
      kept: boolean;
      macroF1: number;
      multiMacroF1: number;
    }[]) {
      expect(kept).toBe(macroF1 > multiMacroF1);
      expect(existsSync(join(home, language))).toBe(kept);
    }
    const cardOf = (name: string): string => readFileSync(join(home, name, 'README.md'), 'utf8');
    expect(cardOf('multi')).toContain('en 120, es 120');
    const figures = languages as Record<string, { macroF1: number }>;
    for (const language of ['en', 'es'])
      expect(cardOf(existsSync(join(home, language)) ? language : 'multi')).toContain(
        `| ${language} | 40 | ${figures[language]!.macroF1.toFixed(3)} |`,
      );
    expect(existsSync(join(work(), 'data'))).toBe(false);

    const classify = new Evenkeel(['classify', '--json'], env);
    const { stdout } = await classify.end(
      '{"id": 1, "text": "they are bad people"}\n{"id": 2, "text": "we meet friends"}\n',
    );
    const [bad, good] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { score: number });
    expect(bad!.score).toBeGreaterThan(0.5);
    expect(good!.score).toBeLessThan(0.5);
  });

  test('refuses to mix its work with other settings or data', async () => {
    expect(await run(...command('--seed', '9'))).toMatchObject({
      status: 1,
      error: { code: 'input', message: expect.stringContaining('with other settings or data') },
    });
  });

  test.each([
    [() => command('--languages', 'fr'), 'The data hold too little in fr'],
    [() => commandOn('nowhere'), 'Cannot read nowhere'],
    [() => commandOn(join(folder, 'polar', 'test')), 'There is nothing to train on'],
  ])('names what is wrong with what it is given (%#)', async (given, message) => {
    expect(await run(...given())).toMatchObject({ error: { message: expect.stringContaining(message) } });
  });

  test('gets data by address, once', async () => {
    let asked = 0;
    const server: Server = createServer((request, response) => {
      asked += 1;
      if (request.url === '/polar/train/eng.csv') response.end(csv('eng', 120));
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/polar/train`;
    const from = (file: string) => run(...commandOn(`${address}/${file}`, '--dry-run'));
    const plan = await from('eng.csv');
    expect(plan).toMatchObject({ languages: ['en'] });
    const { train, dev } = plan['posts'] as { train: number; dev: number };
    expect(train + dev).toBe(120);
    expect(dev).toBeGreaterThan(0);
    expect(await from('deu.csv')).toMatchObject({
      error: { code: 'network', message: expect.stringContaining('404') },
    });
    expect(await from('page')).toMatchObject({ error: { message: expect.stringContaining('names no file') } });
    await from('eng.csv');
    expect(asked).toBe(2);
    server.close();
  });
});
