import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { createExplain } from '../../src/classifier/explain.ts';
import { NO_TEXT_VERDICT } from '../../src/domain/verdict.ts';
import type { Verdict } from '../../src/domain/verdict.ts';

const verdict = (score: number, adapter = 'en'): Verdict => ({
  score,
  adapter,
  language: adapter,
  adapterVersion: '0123456789ab',
  reason: 'language',
});

describe('an explanation', () => {
  it('weighs each word by how far the score falls without it, in the language of the whole and in one batch', async () => {
    const asked: [texts: readonly string[], language?: string][] = [];
    const explain = createExplain((texts, _communities, language) => {
      asked.push([texts, language]);
      return Promise.resolve(
        texts.map((text) => verdict(0.1 + (text.includes('traitors') ? 0.6 : 0) - (text.includes('nice') ? 0.05 : 0))),
      );
    });
    const text = 'Those traitors, so nice!';
    const { score, words } = await explain(text);
    expect(score).toBeCloseTo(0.65, 12);
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual(['traitors', 'nice']);
    expect(words.map(({ weight }) => weight.toFixed(4))).toEqual(['0.6000', '-0.0500']);
    expect(asked).toEqual([
      [[text], undefined],
      [[' traitors, so nice!', 'Those , so nice!', 'Those traitors,  nice!', 'Those traitors, so !'], 'en'],
    ]);
  });

  it('leaves out words without which another adapter answers, and knows that no text scores nothing', async () => {
    const explain = createExplain((texts) =>
      Promise.resolve(
        texts.map((text) => (text.trim() === '' ? NO_TEXT_VERDICT : verdict(0.9, text === ' dos' ? 'es' : 'en'))),
      ),
    );
    expect((await explain('uno dos')).words).toEqual([]);
    expect((await explain('uno')).words).toEqual([{ start: 0, end: 3, weight: 0.9 }]);
    expect(await explain('  ')).toEqual({ score: 0, words: [] });
  });

  it('finds words where a script puts no spaces between them', async () => {
    const explain = createExplain((texts) =>
      Promise.resolve(texts.map((text) => verdict(text.includes('敌人') ? 0.9 : 0.1))),
    );
    const text = '他们都是敌人。';
    expect((await explain(text)).words.map(({ start, end }) => text.slice(start, end))).toEqual(['敌人']);
  });

  it('tries at most 120 pieces of a long post, which together are all of it', async () => {
    let asked = 0;
    const explain = createExplain((texts) => {
      asked = texts.length;
      return Promise.resolve(texts.map((text) => verdict(1 - (3499 - text.length) / 100)));
    });
    const text = 'word '.repeat(700).trim();
    const { words } = await explain(text);
    expect(asked).toBeLessThanOrEqual(121);
    expect(words[0]!.start).toBe(0);
    expect(words.at(-1)!.end).toBe(text.length);
  });
});

describe('an explanation by the bundled model', () => {
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await openClassifier({ base: 'adapters/mini', device: 'cpu', threads: 1 });
  });
  afterAll(() => classifier.close());

  it('gives the very differences that classifying the shorter posts gives', async () => {
    const text = 'They are all traitors and enemies of our country, throw them out.';
    const { score, words } = await createExplain(classifier.classify)(text);
    const [whole] = await classifier.classify([text]);
    expect(score).toBeCloseTo(whole!.score, 5);
    expect(words.length).toBeGreaterThan(0);
    for (const { start, end, weight } of words) {
      const [without] = await classifier.classify([text.slice(0, start) + text.slice(end)]);
      expect(weight).toBeCloseTo(whole!.score - without!.score, 5);
    }
  });
});
