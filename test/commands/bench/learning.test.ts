import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { labelsNeeded } from '../../../src/commands/bench/learning-choice.ts';
import { labelError } from '../../../src/commands/bench/learning-labels.ts';
import { noisyTraining } from '../../../src/commands/bench/learning-noise.ts';
import { examplesByLanguage } from '../../../src/commands/bench/learning-posts.ts';
import { coverageOf, recallCoverage } from '../../../src/commands/bench/learning-recall.ts';
import { seeded } from '../../../src/trainer/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-learning-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Posts whose label two words tell, and one in ten does not. */
function write(name: string, count: number, seed: number): string {
  const random = seeded(seed);
  const lines = Array.from({ length: count }, (_, id) => {
    const label = random() < 0.4 ? 1 : 0;
    const word = random() < 0.9 === (label === 1) ? 'parasites' : 'neighbours';
    return JSON.stringify({ id, text: `those ${word} of street ${Math.floor(random() * 50)}`, label });
  });
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

test('decisions are wrong at most 0.6 times as often as a majority vote', async () => {
  const data = [write('en.train.jsonl', 500, 1)];
  const [figure] = await labelError({ data, seed: 1 });
  expect(figure!.value).toBeGreaterThan(0.4);
  expect(figure!.value).toBeLessThan(0.6);
});

test('recall’s interval covers the truth in 93 of 100 runs', () => {
  const random = seeded(1);
  // A model that is right more often than not, and not calibrated.
  const posts = Array.from({ length: 2000 }, () => {
    const polarized = random() < 0.3;
    return { polarized, score: polarized ? 1 - random() ** 1.3 * 0.95 : random() ** 1.6 };
  });
  const figures = [1, 2, 3, 4].map((seed) => coverageOf(posts, { seed }));
  const covered = figures.reduce((sum, [figure]) => sum + figure!.value, 0);
  expect(covered).toBeGreaterThanOrEqual(4 * 93);
  expect(figures[0]![1]!.value).toBeLessThan(0.25);
});

test('an n-gram model learns as much from three noisy votes as from clean labels where words tell', async () => {
  const data = [write('it.train.jsonl', 400, 2), write('it.dev.jsonl', 200, 3)];
  const [figure] = await noisyTraining({ data, seed: 1 });
  expect(figure!.value).toBeGreaterThan(0.95);
});

test('says what is missing where there are too few posts, or none to measure on', async () => {
  const train = write('es.train.jsonl', 20, 4);
  const dev = write('es.dev.jsonl', 20, 5);
  await expect(examplesByLanguage([train])).rejects.toThrow('no posts to measure es on');
  await expect(labelsNeeded({ data: [train, dev], seed: 1, language: 'es' })).rejects.toThrow('700 posts of es');
  await expect(recallCoverage({ data: [join(folder, 'none.dev.jsonl')], seed: 1 })).rejects.toThrow('Cannot read');
});
