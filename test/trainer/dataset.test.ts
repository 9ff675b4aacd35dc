import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { parseCsv } from '../../src/trainer/csv.ts';
import { readExamples } from '../../src/trainer/dataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-dataset-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a table', () => {
  test('is read as RFC 4180 has it: quotes, commas and line breaks in fields, either line end', () => {
    expect(parseCsv('\uFEFFa,b\r\n"1, ""one""\nmore",2\r\n\r\n,\n"",x')).toEqual([
      ['a', 'b'],
      ['1, "one"\nmore', '2'],
      ['', ''],
      ['', 'x'],
    ]);
    expect(parseCsv('')).toEqual([]);
  });
});

describe('labelled posts', () => {
  async function read(name: string, content: string) {
    await writeFile(join(folder, name), content);
    return readExamples(join(folder, name));
  }

  test('come from POLAR’s own files, whose names are ISO 639-3', async () => {
    expect(await read('amh.csv', 'id,text,polarization\n1,"good, day",0\n2,bad day,1\n')).toEqual([
      { text: 'good, day', label: 0, language: 'am' },
      { text: 'bad day', label: 1, language: 'am' },
    ]);
  });

  test('come from any table with text and label, and a language of their own', async () => {
    expect(await read('mine.csv', 'lang,label,text\nes,1,hola\n,0,hello\n')).toEqual([
      { text: 'hola', label: 1, language: 'es' },
      { text: 'hello', label: 0, language: 'mine' },
    ]);
  });

  test.each([
    ['text,score\nx,1\n', 'has the columns text, score'],
    ['text,label\nfine,1\nbad,yes\n', 'row 2 has the label "yes"'],
    ['text,label\n,1\n', 'row 1 has no "text"'],
  ])('of %j are refused by row', async (content, message) => {
    await expect(read('en.csv', content)).rejects.toThrow(message);
  });
});
