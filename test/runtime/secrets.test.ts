import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConsoleToken, loadKeys, withSecretFiles } from '../../src/runtime/secrets.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'evenkeel-key-'));

describe('the key of the data folder', () => {
  it('is made once, readable by its owner only, and found again', () => {
    const dataDir = join(folder(), 'fresh');
    const key = loadKeys({}, dataDir);
    expect(key.reveal().map(({ length }) => length)).toEqual([32]);
    expect(loadKeys({}, dataDir).reveal()).toEqual(key.reveal());
    if (process.platform !== 'win32') expect(statSync(join(dataDir, 'key')).mode & 0o777).toBe(0o600);
  });

  it('differs from folder to folder', () => {
    expect(loadKeys({}, folder()).reveal()).not.toEqual(loadKeys({}, folder()).reveal());
  });

  it('comes from EVENKEEL_KEY where that is set, and no file is written', () => {
    const dataDir = folder();
    const key = loadKeys({ EVENKEEL_KEY: 'ab'.repeat(32) }, dataDir);
    expect(key.reveal()).toEqual([Buffer.alloc(32, 0xab)]);
    expect(() => readFileSync(join(dataDir, 'key'))).toThrow('ENOENT');
  });

  it('is refused when it is not 32 bytes of hex, without repeating it', () => {
    expect(() => loadKeys({ EVENKEEL_KEY: 'hunter2' }, folder())).toThrow(/^EVENKEEL_KEY is not a key/);
    const dataDir = folder();
    writeFileSync(join(dataDir, 'key'), 'cut off');
    expect(() => loadKeys({}, dataDir)).toThrow(
      `${join(dataDir, 'key')} is not a key: it must be 64 hex digits (32 bytes)`,
    );
  });

  it('says which file it could not make', () => {
    const file = join(folder(), 'a-file');
    writeFileSync(file, '');
    expect(() => loadKeys({}, join(file, 'data'))).toThrow(/^The file .*a-file.data.key cannot be used/);
  });

  it('stands before those that came earlier, from EVENKEEL_OLD_KEYS or a file beside it', () => {
    const [one, two, three] = ['11', '22', '33'].map((byte) => byte.repeat(32)) as [string, string, string];
    const given = loadKeys({ EVENKEEL_KEY: one, EVENKEEL_OLD_KEYS: `${two}, ${three}\n${one}` }, folder());
    expect(given.reveal().map((key) => key.toString('hex'))).toEqual([one, two, three]);
    const dataDir = folder();
    writeFileSync(join(dataDir, 'old-keys'), `${three}\n`);
    expect(loadKeys({ EVENKEEL_KEY: one }, dataDir).reveal()[1]!.toString('hex')).toBe(three);
    expect(() => loadKeys({ EVENKEEL_KEY: one, EVENKEEL_OLD_KEYS: `${two},hunter2` }, folder())).toThrow(
      /^A key of EVENKEEL_OLD_KEYS is not a key/,
    );
  });

  it('never shows as text', () => {
    const key = loadKeys({ EVENKEEL_KEY: 'ab'.repeat(32) }, folder());
    expect([String(key), JSON.stringify({ key }), inspect(key)]).toEqual([
      '[secret]',
      '{"key":"[secret]"}',
      '[secret]',
    ]);
  });
});

describe('a console token', () => {
  it('is made once, for its owner only, where none is given', () => {
    const dataDir = folder();
    const first = loadConsoleToken({}, dataDir).reveal();
    expect(first).toMatch(/^[0-9a-f]{48}$/);
    expect(loadConsoleToken({}, dataDir).reveal()).toBe(first);
    expect(statSync(join(dataDir, 'console-token')).mode & 0o777).toBe(0o600);
    expect(loadConsoleToken({ EVENKEEL_CONSOLE_TOKEN: 'a-long-enough-token' }, dataDir).reveal()).toBe(
      'a-long-enough-token',
    );
  });

  it('that could be guessed is refused, without repeating it', () => {
    expect(() => loadConsoleToken({ EVENKEEL_CONSOLE_TOKEN: 'hunter2' }, folder())).toThrow(
      /^EVENKEEL_CONSOLE_TOKEN is no token: it must be 16 characters/,
    );
  });
});

describe('a secret in a file', () => {
  it('counts as if it were set', () => {
    const file = join(folder(), 'token');
    writeFileSync(file, 'from-a-file\n');
    expect(withSecretFiles({ DISCORD_TOKEN_FILE: file, LOG_LEVEL: 'info' })).toMatchObject({
      DISCORD_TOKEN: 'from-a-file',
      LOG_LEVEL: 'info',
    });
  });

  it('that cannot be read, or that is set as well, is named', () => {
    expect(() => withSecretFiles({ EVENKEEL_KEY_FILE: '/nowhere/key' })).toThrow(
      /^EVENKEEL_KEY_FILE cannot be read: ENOENT/,
    );
    expect(() => withSecretFiles({ EVENKEEL_KEY_FILE: '/x', EVENKEEL_KEY: 'y' })).toThrow(
      'EVENKEEL_KEY and EVENKEEL_KEY_FILE',
    );
  });
});
