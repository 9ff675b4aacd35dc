import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { tinyBase } from '../classifier/tiny-base.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { evenkeel } from './evenkeel.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-compare-'));
  const places = ['at the market', 'in the town', 'on the road', 'here', 'there', 'at the house', 'again', 'today'];
  const rows = (lang: string, start: number) =>
    places.flatMap((place, i) => [
      { text: `${lang} they are bad people ${place} ${start + i}`, label: 1, lang },
      { text: `${lang} we meet friends ${place} ${start + i}`, label: 0, lang },
    ]);
  const write = (name: string, content: object[]) =>
    writeFile(join(folder, name), content.map((row) => JSON.stringify(row)).join('\n'));
  await write('en.train.jsonl', [...rows('en', 0), ...rows('en', 100), rows('en', 200)[0]!]);
  await write('en.dev.jsonl', rows('en', 200));
  await write('it.dev.jsonl', rows('it', 300));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SETTINGS = '--train en --test en,it --threads 1 --r 4 --size 8 --epochs 4 --batch-posts 4';
const RATES = '--full-rate 2e-3 --adapter-rate 1e-2 --json';

const compare = (more = '') => {
  const given = `${SETTINGS} ${RATES} ${more}`.trim().split(' ');
  return evenkeel(['compare', '--data', folder, '--out', join(folder, 'out'), '--base', TINY_BERT, ...given]);
};

interface Row {
  approach: string;
  parameters: { trained: number; total: number };
  bytes: number;
  peakBytes: number;
  tests: { name: string; zeroShot: boolean; macroF1: number }[];
}

test('four approaches side by side, in table and chart, and nothing finished is done again', async () => {
  const first = await compare();
  expect(first.stderr).toContain('1 training posts are in a test too: left out');
  expect(first.status).toBe(0);
  const { rows } = JSON.parse(first.stdout) as { rows: Row[] };
  expect(rows.map(({ approach }) => approach)).toEqual(['svm', 'full', 'bottleneck', 'lora']);
  for (const { tests, bytes, peakBytes, parameters } of rows) {
    expect(tests.map(({ name, zeroShot }) => [name, zeroShot])).toEqual([
      ['en', false],
      ['it', true],
    ]);
    expect(tests[0]!.macroF1).toBeGreaterThan(0.8);
    expect(bytes).toBeGreaterThan(100);
    expect(peakBytes).toBeGreaterThan(2 ** 25);
    expect(parameters.trained).toBeLessThanOrEqual(parameters.total);
  }
  // 2 layers x query and value x (4 x 32 + 32 x 4), and the head.
  expect(rows[3]!.parameters.trained).toBe(2 * 2 * 256 + 66);
  expect(await readFile(join(folder, 'out/comparison.md'), 'utf8')).toContain('| it (zero-shot): macro-F1 |');
  expect(await readFile(join(folder, 'out/comparison.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);

  const cells = (await readdir(join(folder, 'out'))).filter((name) => !name.startsWith('comparison'));
  const times = () =>
    Promise.all(cells.map(async (name) => (await stat(join(folder, 'out', name, 'cell.json'))).mtimeMs));
  const before = await times();
  const second = await compare();
  expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
  expect(await times()).toEqual(before);

  const other = await compare('--dropout 0.2');
  expect(other.status).toBe(1);
  expect(other.stderr).toContain('was left by a comparison with other settings');
});

test('LoRA starts from the adapter multi of a base, as that one is, and is not called zero-shot then', async () => {
  const base = await tinyBase();
  const outcomes = [];
  for (const [out, more] of [
    ['from-multi', ''],
    ['from-nothing', '--from none'],
  ] as const) {
    const given = `--approaches lora --train en --test en,it --threads 1 --epochs 1 --json ${more}`.trim().split(' ');
    const { stdout } = await evenkeel([
      'compare',
      '--data',
      folder,
      '--out',
      join(folder, out),
      '--base',
      base,
      ...given,
    ]);
    const [row] = (JSON.parse(stdout) as { rows: (Row & { architecture: string })[] }).rows;
    outcomes.push([row!.architecture, row!.tests[1]!.zeroShot]);
  }
  expect(outcomes).toEqual([
    ['BERT 2 x 32, LoRA r 4 on query, value, from multi', false],
    ['BERT 2 x 32, LoRA r 64 on query, value', true],
  ]);
  await rm(base, { recursive: true });
});

test('a set that is not there and an approach that is none are named', async () => {
  expect((await compare('--test fr')).stderr).toContain('has no fr.test.jsonl nor fr.dev.jsonl');
  expect((await compare('--approaches svm,magic')).stderr).toContain('magic is none of svm, full, bottleneck, lora');
});
