import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAll } from '../../src/commands/doctor-checks.ts';
import type { Finding } from '../../src/commands/doctor-checks.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import type { Config } from '../../src/runtime/config.ts';
import { openDatabase } from '../../src/store/database.ts';
import { tinyBase } from '../classifier/tiny-base.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-doctor-test-'));
let base: string;

beforeAll(async () => {
  base = await tinyBase();
});
afterAll(() => {
  rmSync(base, { recursive: true });
  rmSync(folder, { recursive: true });
});

async function findings(env: NodeJS.ProcessEnv): Promise<Map<string, Finding>> {
  const config = loadConfig({
    EVENKEEL_BASE: base,
    EVENKEEL_DEVICE: 'cpu',
    EVENKEEL_DATA_DIR: join(folder, 'none'),
    EVENKEEL_PORT: '0',
    ...env,
  });
  return new Map((await checkAll(config)).map((finding) => [finding.name, finding]));
}

describe('evenkeel doctor', () => {
  it('finds nothing wrong where nothing is, and changes nothing', async () => {
    const found = await findings({});
    expect([...found.values()].filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(found.get('onnxruntime')!.detail).toMatch(/^built for the devices cpu.*; not .* on \w+ \w+$/);
    expect(found.get('model')!.detail).toContain('with en, multi answers on cpu in');
    expect(found.get('database')!.detail).toBe('embedded Postgres, made at the first start');
    expect(found.get('data folder')!.detail).toContain('(made at the first start)');
    expect(() => rmSync(join(folder, 'none'))).toThrow('ENOENT');
  });

  it('says that a model is missing, a server does not answer and a port is taken, each with what to do', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const found = await findings({
      EVENKEEL_BASE: join(folder, 'no-base'),
      EVENKEEL_PORT: port,
      DATABASE_URL: `postgres://keel:hunter2@127.0.0.1:${port}/keel`,
    });
    server.close();
    for (const name of ['model', 'database', 'port']) {
      expect(found.get(name)).toMatchObject({ status: 'fail', hint: expect.stringMatching(/\.$/) });
    }
    expect(found.get('model')!.detail).toContain('no-base');
    expect(JSON.stringify([...found])).not.toContain('hunter2');
  });

  it('says why the device asked for cannot be used, and what to do', async () => {
    const found = await findings({ EVENKEEL_DEVICE: process.platform === 'win32' ? 'coreml' : 'dml' });
    expect(found.get('model')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('onnxruntime has no such device on'),
      hint: expect.stringContaining('EVENKEEL_DEVICE=auto'),
    });
  });

  it('warns that another process has the data folder', async () => {
    const dataDir = join(folder, 'taken');
    const { database } = loadConfig({ EVENKEEL_DATA_DIR: dataDir });
    const { directory } = database as Extract<Config['database'], { engine: 'pglite' }>;
    const opened = await openDatabase({ directory });
    const found = await findings({ EVENKEEL_DATA_DIR: dataDir });
    await opened.close();
    expect(found.get('database')).toMatchObject({
      status: 'warn',
      detail: `The data folder ${directory} is in use by this process`,
    });
  });
});
