import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { EvenkeelError, messageOf } from './errors.ts';

/** A value that cannot be printed by accident: as text, JSON or in a log it reads `[secret]`. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** Bytes of the key that encrypts flagged text (AES-256). */
const KEY_BYTES = 32;
const KEY_FILE = 'key';

/**
 * The key that encrypts flagged text: EVENKEEL_KEY (64 hex digits), else the file `key` in the data folder, which is
 * made on the first start and readable by its owner only.
 */
export function loadKey(env: NodeJS.ProcessEnv, dataDir: string): Secret<Buffer> {
  const given = env['EVENKEEL_KEY'];
  if (given !== undefined && given !== '') return parseKey(given, 'EVENKEEL_KEY');
  const file = join(dataDir, KEY_FILE);
  try {
    return parseKey(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error instanceof EvenkeelError ? error : unusable(file, error);
  }
  try {
    mkdirSync(dataDir, { recursive: true });
    // `wx`: of two processes that start at once, one writes the key and the other reads it.
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unusable(file, error);
  }
  return parseKey(readFileSync(file, 'utf8'), file);
}

function parseKey(text: string, source: string): Secret<Buffer> {
  const hex = text.trim();
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new EvenkeelError('config', `${source} is not a key: it must be 64 hex digits (32 bytes)`, {
      hint: 'Make one with `openssl rand -hex 32`. Flagged texts stored under another key can then not be read any more.',
    });
  }
  return new Secret(Buffer.from(hex, 'hex'));
}

function unusable(file: string, cause: unknown): EvenkeelError {
  return new EvenkeelError('data-dir', `The key file ${file} cannot be used: ${messageOf(cause)}`, {
    hint: 'Make the data folder writable for this user, choose another with EVENKEEL_DATA_DIR, or set EVENKEEL_KEY.',
    cause,
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
