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
const OLD_KEYS_FILE = 'old-keys';
const CONSOLE_TOKEN_FILE = 'console-token';
/** Shorter ones can be guessed. */
const LEAST_TOKEN = 16;

/** What may be given as a file, as container runtimes hand secrets over: `NAME_FILE` holds the path of one for `NAME`. */
const SECRET_VARIABLES = [
  'DATABASE_URL',
  'DISCORD_CLIENT_SECRET',
  'DISCORD_TOKEN',
  'EVENKEEL_CONSOLE_TOKEN',
  'EVENKEEL_KEY',
  'EVENKEEL_OLD_KEYS',
  'HF_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_CLIENT_SECRET',
  'SLACK_SIGNING_SECRET',
];

/** The environment with the secrets that it names files for. Throws `config` for a file that cannot be read. */
export function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = { ...env };
  for (const name of SECRET_VARIABLES) {
    const file = env[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    if (env[name]) {
      throw new EvenkeelError('config', `${name} and ${name}_FILE are both set`, { hint: 'Unset one of them.' });
    }
    try {
      read[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new EvenkeelError('config', `${name}_FILE cannot be read: ${messageOf(error)}`, {
        hint: `Name a file that this user can read and that holds what ${name} would.`,
        cause: error,
      });
    }
  }
  return read;
}

/** Keys of AES-256: the first seals, all open. */
export type Keys = readonly [current: Buffer, ...old: Buffer[]];

/**
 * The key that encrypts flagged text: EVENKEEL_KEY (64 hex digits), else the file `key` in the data folder, which is
 * made on the first start and readable by its owner only. After it those that texts may still be sealed with:
 * EVENKEEL_OLD_KEYS, with spaces or commas between them, else the file `old-keys`, where there is one.
 */
export function loadKeys(env: NodeJS.ProcessEnv, dataDir: string): Secret<Keys> {
  const old = oldKeys(env, dataDir);
  const of = { variable: 'EVENKEEL_KEY', dataDir, file: KEY_FILE, bytes: KEY_BYTES, parse: parseKey };
  const current = load(env, of).reveal();
  return new Secret([current, ...old.filter((key) => !key.equals(current))]);
}

function oldKeys(env: NodeJS.ProcessEnv, dataDir: string): Buffer[] {
  const variable = 'EVENKEEL_OLD_KEYS';
  const file = join(dataDir, OLD_KEYS_FILE);
  let source = variable;
  let text = env[variable] ?? '';
  if (text === '') {
    try {
      text = readFileSync(file, 'utf8');
      source = file;
    } catch (error) {
      if (!isCode(error, 'ENOENT') && !isCode(error, 'ENOTDIR')) throw unusable(file, variable, error);
    }
  }
  const each = text.split(/[\s,]+/).filter((key) => key !== '');
  return each.map((key) => parseKey(key, each.length === 1 ? source : `A key of ${source}`).reveal());
}

/** The token that lets operators into the console: EVENKEEL_CONSOLE_TOKEN, else the file `console-token`, as `loadKeys`. */
export function loadConsoleToken(env: NodeJS.ProcessEnv, dataDir: string): Secret<string> {
  const variable = 'EVENKEEL_CONSOLE_TOKEN';
  return load(env, { variable, dataDir, file: CONSOLE_TOKEN_FILE, bytes: 24, parse: parseToken });
}

function load<T>(
  env: NodeJS.ProcessEnv,
  of: { variable: string; dataDir: string; file: string; bytes: number; parse: (text: string, source: string) => T },
): T {
  const given = env[of.variable];
  if (given !== undefined && given !== '') return of.parse(given, of.variable);
  const file = join(of.dataDir, of.file);
  try {
    return of.parse(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error instanceof EvenkeelError ? error : unusable(file, of.variable, error);
  }
  try {
    mkdirSync(of.dataDir, { recursive: true });
    // `wx`: of two processes that start at once, one writes the secret and the other reads it.
    writeFileSync(file, `${randomBytes(of.bytes).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unusable(file, of.variable, error);
  }
  return of.parse(readFileSync(file, 'utf8'), file);
}

function parseToken(text: string, source: string): Secret<string> {
  const token = text.trim();
  if (token.length >= LEAST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  throw new EvenkeelError(
    'config',
    `${source} is no token: it must be ${LEAST_TOKEN} characters or more, without spaces`,
    {
      hint: 'Make one with `openssl rand -hex 24`.',
    },
  );
}

function parseKey(text: string, source: string): Secret<Buffer> {
  const hex = text.trim();
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new EvenkeelError('config', `${source} is not a key: it must be 64 hex digits (32 bytes)`, {
      hint: 'Make one with `openssl rand -hex 32`, and keep the one before it in EVENKEEL_OLD_KEYS: texts that it sealed cannot be read without it.',
    });
  }
  return new Secret(Buffer.from(hex, 'hex'));
}

function unusable(file: string, variable: string, cause: unknown): EvenkeelError {
  return new EvenkeelError('data-dir', `The file ${file} cannot be used: ${messageOf(cause)}`, {
    hint: `Make the data folder writable for this user, choose another with EVENKEEL_DATA_DIR, or set ${variable}.`,
    cause,
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
