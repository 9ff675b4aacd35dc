import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';

/** A post as a file of JSON lines gives it. */
export interface PostLine {
  id: string | number;
  text: string;
}

/** One line of input: a post, or why it is none. `line` counts from 1. */
export type ReadLine = { line: number; post: PostLine } | { line: number; problem: string };

/** A file's bytes, or standard input's for `-`. */
export function openInput(file: string): Readable {
  return file === '-' ? process.stdin : createReadStream(file);
}

/**
 * Posts from JSON lines, in order, as they come: each batch is what one piece of the input completed, so that a reader
 * that waits for an answer to its line gets it. Empty lines are skipped. Throws an `input` error if it cannot be read.
 */
export async function* readPostLines(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ReadLine[]> {
  // Invalid bytes become U+FFFD and a byte-order mark is dropped, as everywhere on the web.
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  try {
    for await (const bytes of input) {
      const pieces = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = pieces.pop() ?? '';
      const batch = pieces.flatMap((text) => readLine(text, (line += 1)));
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new EvenkeelError('input', `${name} cannot be read: ${messageOf(error)}`, {
      hint: 'Give a file of JSON lines, one {"id": ..., "text": ...} each, or `-` for standard input.',
      cause: error,
    });
  }
  const last = readLine(rest + decoder.decode(), line + 1);
  if (last.length > 0) yield last;
}

function readLine(text: string, line: number): ReadLine[] {
  if (text.trim() === '') return [];
  const post = parsePost(text);
  return [typeof post === 'string' ? { line, problem: post } : { line, post }];
}

function parsePost(line: string): PostLine | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not a JSON object';
  const { id, text } = value as Record<string, unknown>;
  if ((typeof id !== 'string' || id === '') && typeof id !== 'number') return '"id" has to be a string or a number';
  if (typeof text !== 'string') return '"text" has to be a string';
  return { id, text };
}

/** Lines of a file, for a progress bar. Throws an `input` error if it cannot be read. */
export async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const batch of readPostLines(openInput(file), file)) lines += batch.length;
  return lines;
}

/** Names a bad line on standard error. */
export function reportBadLine(name: string, line: number, problem: string): void {
  process.stderr.write(`${name}, line ${line}: skipped, ${problem}\n`);
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
