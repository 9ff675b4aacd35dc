import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClassifier, type Classifier } from '../../src/classifier/classifier.ts';
import { NO_TEXT_VERDICT, type Verdict } from '../../src/domain/verdict.ts';
import { startSessionWorker } from '../../src/model/session-thread.ts';
import { bertReference, TINY_BERT } from '../fixtures/bert-reference.ts';
import { heldUp } from '../event-loop.ts';
import { otherAdapterFolder, referenceScore, tinyBase } from './tiny-base.ts';

/** English and German in words of the tiny vocabulary and out of it. */
const ENGLISH = 'They never listen to what people in this town think about the old road';
const GERMAN = 'Niemand in dieser Stadt hört den Leuten zu, wenn es um die alte Straße geht';

let base: string;
let classifier: Classifier;
const workers: Worker[] = [];

const open = async (folder: string): Promise<Classifier> =>
  openClassifier({
    base: folder,
    device: 'auto',
    precision: 'fp32',
    threads: 1,
    startWorker: (data) => {
      const worker = startSessionWorker(data);
      workers.push(worker);
      return worker;
    },
  });

beforeAll(async () => {
  base = await tinyBase();
  classifier = await open(base);
});
afterAll(() => classifier.close());

const classifyOne = async (text: string): Promise<Verdict> => (await classifier.classify([text]))[0]!;

describe('a classifier', () => {
  test('says what it is', () => {
    expect(classifier.device).toBe('cpu');
    expect(base.endsWith(classifier.model)).toBe(true);
    expect([...classifier.adapters()]).toEqual([
      ['en', expect.stringMatching(/^[0-9a-f]{12}$/u)],
      ['multi', expect.stringMatching(/^[0-9a-f]{12}$/u)],
    ]);
  });

  test('scores texts as transformers with PEFT does, through the adapter that each verdict names', async () => {
    const verdicts = await classifier.classify(bertReference.texts);
    expect(new Set(verdicts.map(({ adapter }) => adapter))).toEqual(new Set(['en', 'multi']));
    verdicts.forEach(({ score, adapter }, i) => {
      const expected = referenceScore(adapter === 'en' ? 'adapter-wide' : 'adapter', i);
      expect(Math.abs(score - expected)).toBeLessThan(3e-5);
    });
  });

  test('keeps the order of its texts, and gives what has no words no adapter', async () => {
    const verdicts = await classifier.classify(['', ENGLISH, '😀 https://example.org', GERMAN, '\0 \n', 'hm']);
    expect(verdicts.map(({ language, adapter, reason }) => [language, adapter, reason])).toEqual([
      ['und', 'none', 'no-text'],
      ['en', 'en', 'language'],
      ['und', 'none', 'no-text'],
      ['de', 'multi', 'shared'],
      ['und', 'none', 'no-text'],
      ['und', 'multi', 'uncertain'],
    ]);
    expect(verdicts[0]).toEqual(NO_TEXT_VERDICT);
    expect(await classifier.classify([])).toEqual([]);
  });

  test('gives a text the same score alone, in any batch and among any callers', async () => {
    const texts = [...bertReference.texts, ENGLISH, GERMAN, `${ENGLISH}. ${GERMAN}. `.repeat(9)];
    const alone: number[] = [];
    for (const text of texts) alone.push((await classifyOne(text)).score);
    const calls = fc.array(fc.array(fc.nat(texts.length - 1), { maxLength: 12 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(calls, async (indices) => {
        const answers = await Promise.all(indices.map((call) => classifier.classify(call.map((i) => texts[i]!))));
        indices.forEach((call, c) =>
          call.forEach((i, place) => expect(Math.abs(answers[c]![place]!.score - alone[i]!)).toBeLessThan(1e-5)),
        );
      }),
      { numRuns: 20 },
    );
  });

  test('reads a long post to its end', async () => {
    const long = bertReference.texts.map((text) => `${text} `.repeat(20));
    const scores = (await classifier.classify(long)).map(({ score }) => score);
    const calmest = long[scores.indexOf(Math.min(...scores))]!;
    const verdicts = await classifier.classify(bertReference.texts.map((end) => calmest + end));
    expect(Math.max(...verdicts.map(({ score }) => score))).toBeGreaterThan(Math.min(...scores) + 0.01);
  });

  test.each([
    ['10,000 characters', 'all the same people again. '.repeat(371)],
    ['10,000 characters without a space', '看'.repeat(10_000)],
    ['lone surrogates', 'they \uD800 never \uDFFF listen'],
    ['NUL', 'they\0never\0listen'],
    ['zalgo', 'they never listen'.replaceAll(/(.)/gu, `$1${'\u0335\u0321\u0348\u0360'.repeat(4)}`)],
    ['right to left', 'هم لا يستمعون أبداً إلى الناس في هذه المدينة'],
    ['an unknown script', '𐌰𐌽𐌳 𐌸𐌴𐌹 𐌽𐌴𐍅𐌴𐍂'],
    ['a code block', '```\nreturn everyone.filter((one) => !one.ours);\n```'],
  ])('scores %s', async (_name, text) => {
    const verdict = await classifyOne(text);
    expect(verdict.score).toBeGreaterThan(0);
    expect(verdict.score).toBeLessThan(1);
    expect(verdict.adapter).not.toBe('none');
  });
});

describe('adapters while serving', () => {
  test('are replaced between batches: every verdict’s score is of the version it names', async () => {
    const versions = await Promise.all([11, 12, 13, 14].map((seed) => otherAdapterFolder(seed)));
    const expected = new Map<string, number>();
    for (const { folder, version } of versions) {
      await classifier.putAdapter('en', folder);
      expected.set(version, (await classifyOne(ENGLISH)).score);
    }
    expect(new Set([...expected.values()].map((score) => score.toFixed(3))).size).toBe(4);

    const swapped = new AbortController();
    const load = async (): Promise<Verdict[]> => {
      const verdicts: Verdict[] = [];
      while (!swapped.signal.aborted) verdicts.push(...(await classifier.classify(new Array(16).fill(ENGLISH))));
      return verdicts;
    };
    const callers = [load(), load(), load()];
    for (let i = 0; i < 12; i += 1) {
      const { folder, version } = versions[i % 4]!;
      await classifier.putAdapter('en', folder);
      expect((await classifyOne(ENGLISH)).adapterVersion).toBe(version);
    }
    swapped.abort();
    const verdicts = (await Promise.all(callers)).flat();
    expect(new Set(verdicts.map(({ adapterVersion }) => adapterVersion)).size).toBe(4);
    for (const { score, adapterVersion } of verdicts) {
      expect(Math.abs(score - expected.get(adapterVersion)!)).toBeLessThan(1e-5);
    }
  });

  test('of a higher rank and more than there were slots for are taken in', async () => {
    const before = await classifyOne(GERMAN);
    for (let i = 0; i < 9; i += 1) {
      await classifier.putAdapter(`x${i}`, (await otherAdapterFolder(20 + i, 4 + i)).folder);
    }
    expect(classifier.adapters().size).toBe(11);
    const after = await classifyOne(GERMAN);
    expect(after).toEqual({ ...before, score: expect.closeTo(before.score, 5) });
    for (let i = 0; i < 9; i += 1) classifier.removeAdapter(`x${i}`);
  });

  test('are added and removed: their language goes to its own, then to the shared one', async () => {
    const { folder, version } = await otherAdapterFolder(30);
    await classifier.putAdapter('de', folder);
    expect(await classifyOne(GERMAN)).toMatchObject({ adapter: 'de', adapterVersion: version, reason: 'language' });
    classifier.removeAdapter('de');
    expect(await classifyOne(GERMAN)).toMatchObject({ adapter: 'multi', reason: 'shared' });
    expect(() => classifier.removeAdapter('multi')).toThrow(/multi, which answers for every other/u);
  });
});

describe('under load', () => {
  test('loses nothing when its worker dies', async () => {
    const [expected] = await classifier.classify([ENGLISH]);
    const calls = Array.from({ length: 6 }, () => classifier.classify(new Array(100).fill(ENGLISH)));
    workers.at(-1)!.postMessage(null);
    for (const verdicts of await Promise.all(calls)) {
      expect(verdicts).toHaveLength(100);
      for (const verdict of verdicts)
        expect(verdict).toEqual({ ...expected, score: expect.closeTo(expected!.score, 5) });
    }
  });

  test('leaves the event loop free', async () => {
    const texts = Array.from({ length: 2000 }, (_, i) => bertReference.texts[i % bertReference.texts.length]!);
    expect(await heldUp(() => classifier.classify(texts))).toBeLessThan(50);
  });
});

describe('opening', () => {
  test('fails without the adapter that every other language needs, and says how to get it', async () => {
    await expect(open(await tinyBase({ en: 'adapter' }))).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(/no adapter multi/u),
      hint: expect.stringMatching(/evenkeel train/u),
    });
  });

  test.each(['config.json', 'model.safetensors', 'vocab.txt', 'multi/adapter_model.safetensors'])(
    'names %s where it is missing',
    async (file) => {
      const broken = await tinyBase();
      await rm(join(broken, file));
      await expect(open(broken)).rejects.toMatchObject({
        code: 'model',
        message: expect.stringContaining(file.replace(/^.*\//u, '')),
      });
    },
  );

  test('names the adapter’s file where it is no adapter', async () => {
    const broken = await tinyBase();
    await cp(join(TINY_BERT, 'adapter'), join(broken, 'it'), { recursive: true });
    await writeFile(join(broken, 'it', 'adapter_config.json'), '{"peft_type": "IA3"');
    await expect(open(broken)).rejects.toMatchObject({
      code: 'model',
      message: expect.stringContaining(join('it', 'adapter_config.json')),
    });
  });

  test('fails where the device asked for cannot be used', async () => {
    await expect(openClassifier({ base, device: 'dml', threads: 1 })).rejects.toMatchObject({
      code: 'device',
      message: expect.stringMatching(/No device takes the model of .* \(dml: /u),
    });
  });
});
