import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { readable } from '../domain/text.ts';
import { EvenkeelError } from '../runtime/errors.ts';

/** A file of plain text: one text a line (.txt, .txt.gz), or JSON lines with a `text` (.jsonl, .jsonl.gz). */
export interface TextSource {
  /** The file's name, which tells sources apart. */
  name: string;
  texts: string[];
}

export async function readTexts(path: string): Promise<TextSource> {
  const name = basename(path);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new EvenkeelError('input', `Cannot read ${path}.`, { hint: 'Check the path and its permissions.', cause });
  });
  const content = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const lines = content.split('\n').filter((line) => line.trim() !== '');
  const texts = /\.jsonl(\.gz)?$/.test(path) ? lines.map((line, i) => textOf(line, `${name}:${i + 1}`)) : lines;
  return { name, texts: texts.map(readable) };
}

function textOf(line: string, place: string): string {
  try {
    const { text } = JSON.parse(line) as { text?: unknown };
    if (typeof text === 'string') return text;
  } catch {
    // Told below, with what was expected.
  }
  throw new EvenkeelError('input', `${place} is not a JSON object with a string "text".`, {
    hint: 'Each line must look like {"text": "..."}.',
  });
}
