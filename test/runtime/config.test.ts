import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeChosenBase } from '../../src/runtime/chosen-base.ts';
import { BUNDLED_BASE, loadConfig, ROLES } from '../../src/runtime/config.ts';
import { EvenkeelError } from '../../src/runtime/errors.ts';

const complaint = (env: NodeJS.ProcessEnv, flags = {}): EvenkeelError => {
  try {
    loadConfig(env, flags);
  } catch (error) {
    if (error instanceof EvenkeelError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
};

describe('configuration', () => {
  it('needs nothing: every setting has a default', () => {
    expect(loadConfig({})).toMatchObject({
      dataDir: resolve('data'),
      host: '127.0.0.1',
      port: 8787,
      database: { engine: 'pglite', directory: resolve('data/database') },
      roles: ROLES,
      device: 'auto',
      base: BUNDLED_BASE,
      threads: null,
      workers: null,
      batchTokens: null,
    });
  });

  it('connects Discord where there is a token, which it never prints', () => {
    expect(loadConfig({}).discord).toBeNull();
    const env = {
      DISCORD_TOKEN: 'token-of-a-bot',
      DISCORD_API_URL: 'http://127.0.0.1:9/api/',
      DISCORD_SHARDS: '0-3/8',
    };
    const { discord } = loadConfig(env);
    expect(discord).toMatchObject({ url: 'http://127.0.0.1:9/api', shards: { first: 0, last: 3, count: 8 } });
    expect(inspect(discord, { depth: 9 })).not.toContain('token-of-a-bot');
    expect(loadConfig({ DISCORD_TOKEN: 'x', DISCORD_SHARDS: '2/3' }).discord).toMatchObject({
      url: 'https://discord.com/api',
      shards: { first: 2, last: 2, count: 3 },
      catchUpDays: 7,
    });
  });

  it.each([
    ['DISCORD_API_URL', 'discord.com', 'an address such as'],
    ['DISCORD_SHARDS', '4', 'a range of shards'],
    ['DISCORD_SHARDS', '3-1/8', 'a range of shards'],
    ['DISCORD_SHARDS', '0-8/8', 'a range of shards'],
    ['DISCORD_CATCH_UP_DAYS', '31', 'a whole number from 0 to 30'],
  ])('refuses %s=%s', (name, value, allowed) => {
    expect(complaint({ DISCORD_TOKEN: 'x', [name]: value }).message).toContain(allowed);
  });

  it('lets a flag override its variable', () => {
    const env = { EVENKEEL_PORT: '9000', EVENKEEL_DATA_DIR: '/elsewhere' };
    const config = loadConfig(env, { port: '9001', dataDir: '/here' });
    expect([config.port, config.dataDir]).toEqual([9001, '/here']);
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig({ EVENKEEL_PORT: '', DATABASE_URL: '', LOG_LEVEL: '' }).port).toBe(8787);
  });

  it.each([
    ['EVENKEEL_PORT', 'http', 'a whole number from 0 to 65535'],
    ['EVENKEEL_PORT', '65536', 'a whole number from 0 to 65535'],
    ['EVENKEEL_THREADS', '0', 'a whole number from 1 to 256'],
    ['EVENKEEL_THREADS', '1.5', 'a whole number from 1 to 256'],
    ['EVENKEEL_WORKERS', '0', 'a whole number from 1 to 64'],
    ['EVENKEEL_BATCH_TOKENS', '64', 'a whole number from 128 to 1048576'],
    ['EVENKEEL_DEVICE', 'gpu', 'one of auto, cpu, cuda, webgpu, coreml, dml'],
    ['LOG_LEVEL', 'verbose', 'one of debug, info, warn, error'],
    ['LOG_FORMAT', 'xml', 'one of text, json'],
  ])('refuses %s=%s and says what is allowed', (name, value, allowed) => {
    const error = complaint({ [name]: value });
    expect(error.code).toBe('config');
    expect(error.message).toBe(`${name} is "${value}"; allowed: ${allowed}`);
    expect(error.hint).toContain(name);
  });

  it('names the flag, not the variable, when the flag is wrong', () => {
    expect(complaint({ EVENKEEL_PORT: '9000' }, { port: '-1' }).message).toMatch(/^--port is "-1"/);
  });

  it('refuses an address that is not a Postgres database without repeating it', () => {
    const error = complaint({ DATABASE_URL: 'mysql://root:hunter2@db/evenkeel' });
    expect(error.message).toBe('DATABASE_URL is not the address of a Postgres database');
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  });

  it('refuses the embedded database with fewer than all roles', () => {
    expect(complaint({}, { role: ['classifier'] }).message).toBe('--role classifier needs Postgres');
    expect(loadConfig({}, { role: [...ROLES] }).roles).toEqual(ROLES);
    const split = loadConfig({ DATABASE_URL: 'postgres://db/evenkeel' }, { role: ['classifier'] });
    expect(split.roles).toEqual(['classifier']);
  });

  it('refuses a role that does not exist', () => {
    const error = complaint({ DATABASE_URL: 'postgres://db/evenkeel' }, { role: ['clasifier'] });
    expect(error.message).toBe('--role is "clasifier"; allowed: one of connector, classifier, trainer, console');
  });

  it('can be printed without showing the password of the database', () => {
    const config = loadConfig({ DATABASE_URL: 'postgres://keel:hunter2@db/evenkeel' });
    expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain('hunter2');
    expect(config.database.engine === 'postgres' && config.database.url.reveal()).toContain('hunter2');
  });
});

describe('the base', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'chosen-base-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('is the one chosen for the data folder where none is given, and the bundled one after that', async () => {
    const base = (env: NodeJS.ProcessEnv = {}, flags = {}): string =>
      loadConfig({ EVENKEEL_DATA_DIR: dataDir, ...env }, flags).base;
    expect(base()).toBe(BUNDLED_BASE);
    await writeChosenBase(dataDir, 'org/name@main');
    expect(base()).toBe('org/name@main');
    expect(base({ EVENKEEL_BASE: 'a' })).toBe('a');
    expect(base({ EVENKEEL_BASE: 'a' }, { base: 'b' })).toBe('b');
    await writeChosenBase(dataDir, null);
    expect(base()).toBe(BUNDLED_BASE);
  });

  it.each(['{', '{}', '{"base":7}', ''])('is no guess where the choice reads %j', (text) => {
    writeFileSync(join(dataDir, 'base.json'), text);
    expect(complaint({ EVENKEEL_DATA_DIR: dataDir })).toMatchObject({
      code: 'config',
      message: expect.stringContaining(join(dataDir, 'base.json')),
      hint: expect.stringContaining('evenkeel model use'),
    });
    expect(loadConfig({ EVENKEEL_DATA_DIR: dataDir, EVENKEEL_BASE: 'a' }).base).toBe('a');
  });
});
