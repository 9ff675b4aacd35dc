import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProviders } from '../../src/model/ort.ts';
import { ChatClient } from '../../src/commands/bench/chat-client.ts';
import { tinyBase } from '../classifier/tiny-base.ts';
import { dataFolderIn } from '../database.ts';
import { Evenkeel } from './evenkeel.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-start-test-'));
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  env = { EVENKEEL_BASE: await tinyBase() };
});
afterAll(() => {
  rmSync(env['EVENKEEL_BASE']!, { recursive: true });
  rmSync(folder, { recursive: true });
});

const freshFolder = (): string => mkdtempSync(join(folder, 'data-'));

interface Summary {
  url: string;
  model: string;
  device: string;
  adapters: Record<string, string>;
}

async function start(dataDir: string, ...args: string[]) {
  const run = new Evenkeel(['start', '--json', '--port', '0', '--data-dir', dataDir, ...args], env);
  return { run, summary: JSON.parse(await run.line()) as Summary };
}

/** The first event that a page gets: everything that it draws. */
async function snapshot(url: string): Promise<{ open: { text: string }[] }> {
  const leave = new AbortController();
  const { body } = await fetch(`${url}/api/local/events`, { signal: leave.signal });
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  const [frame] = text.split('\n\n');
  return (JSON.parse(frame!.slice('data: '.length)) as { snapshot: { open: { text: string }[] } }).snapshot;
}

describe('evenkeel start', () => {
  it('runs everything, says what, stops at Ctrl-C, and finds its data again', async () => {
    const dataDir = freshFolder();
    const { run, summary } = await start(dataDir);
    expect(summary).toMatchObject({ device: 'cpu', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    expect(Object.keys(summary.adapters).sort()).toEqual(['en', 'multi']);
    expect((await fetch(summary.url)).status).toBe(200);

    const chat = await ChatClient.open(summary.url);
    await chat.command('/keel-admin threshold 0', 'general');
    const card = chat.nextCard();
    await chat.post('general', 'Mara', 'They never listen to us.');
    await card;
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ status: 0, signal: null });

    const second = await start(dataDir);
    expect((await snapshot(second.summary.url)).open.map(({ text }) => text)).toEqual(['They never listen to us.']);
    second.run.child.kill('SIGTERM');
    expect(await second.run.ended).toMatchObject({ status: 0, signal: null });
  });

  it('refuses a data folder that another process has, and says which process', async () => {
    const dataDir = dataFolderIn(folder);
    const { run } = await start(dataDir);
    const second = await new Evenkeel(['start', '--port', '0', '--data-dir', dataDir], env).ended;
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`is in use by process ${run.child.pid}`);
    run.child.kill('SIGINT');
    await run.ended;
  });

  it('says that the port is in use, and leaves the data folder free', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dataDir = dataFolderIn(folder);
    const { status, stderr } = await new Evenkeel(['start', '--port', String(port), '--data-dir', dataDir], env).ended;
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`error: Port ${port} on 127.0.0.1 is in use\n  hint: `);
    const { run } = await start(dataDir);
    run.child.kill('SIGINT');
    expect((await run.ended).status).toBe(0);
  });

  it('says which file of the model is missing or damaged', async () => {
    const base = await tinyBase();
    writeFileSync(join(base, 'model.safetensors'), 'cut off');
    const { status, stderr } = await new Evenkeel([
      'start',
      '--port',
      '0',
      '--base',
      base,
      '--data-dir',
      dataFolderIn(folder),
    ]).ended;
    rmSync(base, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toMatch(/error: .*model\.safetensors.*\n {2}hint: \S/);
  });

  it('says that the data folder cannot be written', async () => {
    const file = join(freshFolder(), 'a-file');
    writeFileSync(file, '');
    const { status, stderr } = await new Evenkeel(['start', '--data-dir', join(file, 'data')], env).ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*a-file.data.* cannot be .*\n {2}hint: \S/);
  });

  it.runIf(process.platform === 'linux')('says which devices it does not use and why', async () => {
    const run = new Evenkeel(['start', '--port', '0', '--data-dir', dataFolderIn(folder), '--device', 'auto'], {
      ...env,
      // Whatever GPU there is: no Vulkan driver is found here, and no CUDA device.
      VK_ICD_FILENAMES: '/nonexistent',
      CUDA_VISIBLE_DEVICES: '-1',
    });
    const lines: string[] = [];
    while (lines.at(-1) !== 'Ctrl-C stops it.') lines.push(await run.line());
    run.child.kill('SIGINT');
    const { stderr } = await run.ended;
    expect(lines).toContain('  device  cpu');
    for (const device of builtInProviders().filter((each) => each === 'cuda' || each === 'webgpu')) {
      expect(lines.join('\n')).toMatch(new RegExp(`^ +not ${device}: \\S`, 'mu'));
      expect(stderr).toMatch(new RegExp(`device not used.*${device}`, 'u'));
    }
  });

  it('refuses one role alone on the embedded database', async () => {
    const { status, stderr } = await new Evenkeel(['start', '--role', 'classifier'], env).ended;
    expect(status).toBe(1);
    expect(stderr).toContain('error: --role classifier needs Postgres\n  hint: ');
  });
});
