import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import type { Example } from '../domain/example.ts';
import { readable } from '../domain/text.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { parseCsv } from './csv.ts';

/**
 * Labelled posts from a file of JSON lines: {"text", "label": 0 | 1, "lang"}; or from a .csv with columns of these names,
 * or POLAR's "polarization" for "label". Without "lang" the language is the file name's part before its first dot
 * (`en.train.jsonl`, or `eng.csv` as POLAR has it). Texts come out as the model reads them.
 */
export async function readExamples(path: string): Promise<Example[]> {
  const name = basename(path);
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EvenkeelError('input', `Cannot read ${path}.`, { hint: 'Check the path and its permissions.', cause });
  });
  const language = languageOf(name);
  if (/\.csv$/i.test(name)) return csvExamples(content, name, language);
  return content.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    return [parseExample(line, `${name}:${i + 1}`, language)];
  });
}

interface Row {
  text?: unknown;
  label?: unknown;
  lang?: unknown;
}

function csvExamples(content: string, name: string, language: string): Example[] {
  const [header = [], ...rows] = parseCsv(content);
  const columns = header.map((column) => column.trim().toLowerCase());
  const [text, label, lang] = [['text'], ['label', 'polarization'], ['lang']].map((names) =>
    columns.findIndex((column) => names.includes(column)),
  ) as [number, number, number];
  if (text < 0 || label < 0)
    throw new EvenkeelError('input', `${name} has the columns ${columns.join(', ')}.`, {
      hint: 'It needs "text" and "label" (or "polarization", as in POLAR), and may have "lang".',
    });
  return rows.map((row, i) => {
    const value = row[label]?.trim();
    const number = value === '0' || value === '1' ? Number(value) : value;
    const own = lang < 0 || row[lang] === '' ? undefined : row[lang];
    return exampleOf({ text: row[text], label: number, lang: own }, `${name}, row ${i + 1}`, language);
  });
}

function parseExample(line: string, place: string, fileLanguage: string): Example {
  let row: Row;
  try {
    row = JSON.parse(line) as Row;
  } catch {
    throw wrong(place, 'is not JSON');
  }
  return exampleOf(row ?? {}, place, fileLanguage);
}

function exampleOf(row: Row, place: string, fileLanguage: string): Example {
  const { text, label, lang = fileLanguage } = row;
  if (typeof text !== 'string' || text.trim() === '') throw wrong(place, 'has no "text"');
  if (label !== 0 && label !== 1) throw wrong(place, `has the label ${JSON.stringify(label)}`);
  if (typeof lang !== 'string') throw wrong(place, 'has a "lang" that is no string');
  return { text: readable(text), label, language: lang };
}

/** POLAR names its files by ISO 639-3. */
const LANGUAGES = new Map(
  (
    'amh am arb ar ben bn deu de eng en fas fa hau ha hin hi ita it khm km mya my nep ne ori or pan pa pol pl rus ru ' +
    'spa es swa sw tel te tur tr urd ur zho zh'
  )
    .match(/\w+ \w+/g)!
    .map((pair) => pair.split(' ') as [string, string]),
);

/** ISO 639-1, from the part of a file's name before its first dot. */
export function languageOf(name: string): string {
  const first = name.split('.')[0]!;
  return LANGUAGES.get(first) ?? first;
}

function wrong(place: string, what: string): EvenkeelError {
  return new EvenkeelError('input', `${place} ${what}.`, {
    hint: 'Each line must look like {"text": "...", "label": 0 or 1, "lang": "en"}.',
  });
}

/**
 * Example weights under which both labels of every language count the same: n / (2 n_label), at most `limit`, times what
 * an example weighs itself.
 */
export function balancedWeights(examples: readonly Example[], limit = 5): Float32Array {
  const counts = new Map<string, [number, number]>();
  for (const { language, label } of examples) {
    const count = counts.get(language) ?? [0, 0];
    count[label] += 1;
    counts.set(language, count);
  }
  return Float32Array.from(examples, ({ language, label, weight = 1 }) => {
    const [zeros, ones] = counts.get(language)!;
    return weight * Math.min(limit, (zeros + ones) / (2 * [zeros, ones][label]!));
  });
}
