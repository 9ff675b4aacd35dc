import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, inject } from 'vitest';
import { ChatClient } from '../../src/commands/bench/chat-client.ts';
import { tinyBase } from '../classifier/tiny-base.ts';
import { Evenkeel } from '../commands/evenkeel.ts';
import { createOnServer } from '../database.ts';
import type { TestDatabase } from '../database.ts';

const server = inject('postgres');
const lacking = server === null ? ' (skipped: no server binaries found)' : '';

describe.skipIf(server === null)(`roles in processes of their own, on Postgres${lacking}`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-split-'));
  let database: TestDatabase;
  let base: string;

  beforeAll(async () => {
    database = await createOnServer(server!);
    base = await tinyBase();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(dataDir, { recursive: true });
    rmSync(base, { recursive: true });
  });

  async function start(...roles: string[]) {
    const { url } = database.address as { url: string };
    const env = { DATABASE_URL: url, EVENKEEL_BASE: base, EVENKEEL_DATA_DIR: dataDir };
    const run = new Evenkeel(['start', '--json', '--port', '0', ...roles.flatMap((role) => ['--role', role])], env);
    return { run, summary: JSON.parse(await run.line()) as { url: string | null; device: string | null } };
  }

  it('a post typed at one process is classified by another and gets its card at the first', async () => {
    const chatting = await start('connector', 'console');
    const classifying = await start('classifier');
    expect(chatting.summary).toMatchObject({ url: expect.any(String), device: null });
    expect(classifying.summary).toMatchObject({ url: expect.any(String), device: 'cpu' });

    const chat = await ChatClient.open(chatting.summary.url!);
    await chat.command('/keel-admin threshold 0', 'general');
    const card = chat.nextCard();
    await chat.post('general', 'Mara', 'They never listen to us.');
    expect(await card).toBeGreaterThan(0);

    for (const { run } of [chatting, classifying]) {
      run.child.kill('SIGTERM');
      expect(await run.ended).toMatchObject({ status: 0, signal: null });
    }
  });

  it('a connector with nothing to connect says so', async () => {
    await expect(start('connector')).rejects.toThrow(/nothing to connect.*Set DISCORD_TOKEN/);
  });
});
