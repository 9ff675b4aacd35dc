import { mkdtemp, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizerJson } from '../../src/model/tokenizer-files.ts';
import type { TokenizerFiles } from '../../src/model/tokenizer-files.ts';
import { buildTokenizer, openTokenizer } from '../../src/model/tokenizer.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tokenizer/${name}`, import.meta.url));
const vocabulary = fixture('vocab.txt');

interface Reference {
  settings: Record<string, object>;
  cases: { name: string; text: string; ids: Record<string, number[]> }[];
}
const reference = JSON.parse(fixture('reference.json').toString()) as Reference;

const filesWith = (settings: object, vocab: Uint8Array = vocabulary): TokenizerFiles =>
  new Map([
    ['vocab.txt', vocab],
    ['tokenizer_config.json', Buffer.from(JSON.stringify(settings))],
  ]);
const asJson = (files: TokenizerFiles, change: object = {}): TokenizerFiles =>
  new Map([['tokenizer.json', Buffer.from(JSON.stringify({ ...tokenizerJson(files, 'a folder'), ...change }))]]);

const cased = buildTokenizer(filesWith({ do_lower_case: false }), 'a folder');

describe.each(Object.entries(reference.settings))('ids equal those of transformers: %s', (name, settings) => {
  const files = filesWith(settings);
  const fromVocabulary = buildTokenizer(files, 'a folder');
  const fromJson = buildTokenizer(asJson(files), 'a folder');
  test.each(reference.cases.map((one) => [one.name, one] as const))('%s', (_, { text, ids }) => {
    expect([...fromVocabulary.encode(text)]).toEqual(ids[name]);
    expect([...fromJson.encode(text)]).toEqual(ids[name]);
  });
});

describe("ids equal those of transformers with mBERT's own vocabulary", () => {
  /** All 119,547 lines, the pieces that no sentence here has standing empty: with a space inside, nothing is equal to them. */
  const whole = Array.from({ length: 119_547 }, (_, id) => `left out ${id}`);
  const ids = JSON.parse(fixture('mbert-ids.json').toString()) as number[];
  vocabulary
    .toString()
    .trimEnd()
    .split('\n')
    .forEach((piece, line) => (whole[ids[line]!] = piece));
  // As google-bert/bert-base-multilingual-cased has it, and as it may be written out.
  const short = { do_lower_case: false, model_max_length: 512 };
  const long = { ...short, strip_accents: null, tokenize_chinese_chars: true, tokenizer_class: 'BertTokenizer' };
  const built = [short, long].map((settings) => filesWith(settings, Buffer.from(`${whole.join('\n')}\n`)));
  const tokenizers = [...built, asJson(built[0]!)].map((files) => buildTokenizer(files, 'mBERT'));

  test.each(reference.cases.map((one) => [one.name, one] as const))('%s', (_, { text, ids: { mbert } }) => {
    for (const tokenizer of tokenizers) expect([...tokenizer.encode(text)]).toEqual(mbert);
  });

  test('its special tokens are not at the start', () => {
    for (const { padId, unkId, clsId, sepId, maskId, vocabSize } of tokenizers)
      expect([padId, unkId, clsId, sepId, maskId, vocabSize]).toEqual([0, 100, 101, 102, 103, 119_547]);
  });
});

test('a BERT with an XLM-RoBERTa kind of vocabulary gets the ids of the reference', () => {
  const tokenizer = buildTokenizer(new Map([['tokenizer.json', fixture('unigram.json')]]), 'a folder');
  const ids = JSON.parse(fixture('unigram-reference.json').toString()) as number[][];
  expect(reference.cases.slice(0, ids.length).map(({ text }) => [...tokenizer.encode(text)])).toEqual(ids);
  const { clsId, padId, sepId, unkId, maskId } = tokenizer;
  expect([clsId, padId, sepId, unkId, maskId]).toEqual([0, 1, 2, 3, 4]);
});

test('tokens and ids are told from one another, special ones by their part', () => {
  const { padId, unkId, clsId, sepId, maskId, vocabSize } = cased;
  expect([padId, unkId, clsId, sepId, maskId]).toEqual([0, 1, 2, 3, 4]);
  expect(vocabSize).toBe(vocabulary.toString().trimEnd().split('\n').length);
  for (let id = 0; id < vocabSize; id++) expect(cased.idOf(cased.tokenOf(id)!)).toBe(id);
  expect(cased.tokenOf(vocabSize)).toBeUndefined();
  expect(cased.idOf('no such token')).toBeUndefined();
});

test("a tokenizer.json of the first kind, which does not say its model's type, gets the same ids", () => {
  const files = filesWith({ do_lower_case: false });
  const { type: _, ...untyped } = tokenizerJson(files, 'a folder').model;
  const tokenizer = buildTokenizer(asJson(files, { model: untyped }), 'a folder');
  for (const { text, ids } of reference.cases) expect([...tokenizer.encode(text)]).toEqual(ids['cased']);
});

test('special tokens bear the names that tokenizer_config.json gives them', () => {
  const vocab = Buffer.from('<pad>\n<unk>\n<start>\n<end>\n<blank>\na\n##b\n');
  const names = { pad_token: '<pad>', unk_token: { content: '<unk>' }, cls_token: '<start>', sep_token: '<end>' };
  const tokenizer = buildTokenizer(filesWith({ ...names, mask_token: '<blank>' }, vocab), 'a folder');
  expect([...tokenizer.encode('ab c<blank>')]).toEqual([2, 5, 6, 1, 4, 3]);
});

test('only line feeds end an entry of vocab.txt', () => {
  const vocab = Buffer.from('[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\na\u2028b\r\nc');
  const tokenizer = buildTokenizer(filesWith({}, vocab), 'a folder');
  expect([tokenizer.vocabSize, tokenizer.tokenOf(5), tokenizer.idOf('c')]).toEqual([7, 'a\u2028b', 6]);
});

describe('any string is encoded', () => {
  test('lone surrogates, NUL and the like: between [CLS] and [SEP] come ids of the vocabulary', () => {
    const unit = fc.oneof(
      fc.constantFrom('\ud800', '\udc00', '\0', '\u0301', '[CLS]', ' ', 'a', '\n'),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.integer({ min: 0x10000, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
    );
    const other = buildTokenizer(new Map([['tokenizer.json', fixture('unigram.json')]]), 'a folder');
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 20 }).map((units) => units.join('')),
        (text) => {
          for (const tokenizer of [cased, other]) {
            const ids = tokenizer.encode(text);
            expect([ids[0], ids.at(-1)]).toEqual([tokenizer.clsId, tokenizer.sepId]);
            expect(ids.every((id) => id >= 0 && id < tokenizer.vocabSize)).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a lone surrogate and NUL vanish from their word', () => {
    expect(cased.encode('me\ud83dt \0now')).toEqual(cased.encode('met now'));
  });

  test.each([
    ['words of 100 letters', `${'ab'.repeat(50)} `.repeat(99)],
    ['one word', 'a'.repeat(10_000)],
    ['one letter under accents', `a${'\u0301'.repeat(9_999)}`],
    ['words without white space', 'ម្សិលមិញអ្នកភូមិ'.repeat(625)],
  ])('10,000 characters take less than 50 ms of processor time: %s', (_, text) => {
    const times = Array.from({ length: 5 }, () => {
      const start = process.cpuUsage();
      cased.encode(text);
      return process.cpuUsage(start).user / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});

describe('wrong files are refused by name', () => {
  const build = (files: [string, string][]) => () =>
    buildTokenizer(new Map(files.map(([name, text]) => [name, Buffer.from(text)])), '/models/x');
  test('a folder without a tokenizer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    await expect(openTokenizer(folder)).rejects.toThrow(`${folder} has no tokenizer`);
    await writeFile(join(folder, 'vocab.txt'), vocabulary);
    expect((await openTokenizer(folder)).vocabSize).toBe(cased.vocabSize);
  });
  test('a vocabulary without [MASK]', () => {
    expect(build([['vocab.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\n']])).toThrow(
      '/models/x/vocab.txt lacks the token [MASK] (mask_token)',
    );
  });
  test('a tokenizer.json that is cut short', () => {
    expect(build([['tokenizer.json', '{"model": {']])).toThrow('/models/x/tokenizer.json is not a valid JSON object');
  });
  test('a tokenizer.json without a vocabulary', () => {
    expect(build([['tokenizer.json', '{"model": {}}']])).toThrow(
      '/models/x/tokenizer.json has no model with a vocabulary',
    );
  });
  test('a tokenizer.json with a part that nothing here knows', () => {
    const files = asJson(filesWith({}), { normalizer: { type: 'Shout' } });
    expect(() => buildTokenizer(files, '/models/x')).toThrow(
      '/models/x/tokenizer.json cannot be used: Unknown Normalizer',
    );
  });
});
