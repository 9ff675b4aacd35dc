import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import type { Example } from '../domain/example.ts';
import { readable } from '../domain/text.ts';
import { EvenkeelError } from '../runtime/errors.ts';

/**
 * Labelled posts from a file of JSON lines: {"text", "label": 0 | 1, "lang"}. Without "lang" the language is the file name's
 * part before its first dot (`en.train.jsonl`). Texts come out as the model reads them.
 */
export async function readExamples(path: string): Promise<Example[]> {
  const name = basename(path);
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EvenkeelError('input', `Cannot read ${path}.`, { hint: 'Check the path and its permissions.', cause });
  });
  return content.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    return [parseExample(line, `${name}:${i + 1}`, name.split('.')[0]!)];
  });
}

function parseExample(line: string, place: string, fileLanguage: string): Example {
  let row: { text?: unknown; label?: unknown; lang?: unknown } = {};
  try {
    row = JSON.parse(line) as typeof row;
  } catch {
    throw wrong(place, 'is not JSON');
  }
  const { text, label, lang = fileLanguage } = row ?? {};
  if (typeof text !== 'string' || text.trim() === '') throw wrong(place, 'has no "text"');
  if (label !== 0 && label !== 1) throw wrong(place, `has the label ${JSON.stringify(label)}`);
  if (typeof lang !== 'string') throw wrong(place, 'has a "lang" that is no string');
  return { text: readable(text), label, language: lang };
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
