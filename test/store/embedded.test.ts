import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { createEmbedded } from '../database.ts';

const HOLDER = fileURLToPath(new URL('hold-folder.ts', import.meta.url));

/** A process that has the folder open. */
async function holdElsewhere(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [HOLDER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('ended')))]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function directoryOf(): Promise<{ directory: string; drop(): Promise<void> }> {
  const { address, drop } = await createEmbedded();
  return { directory: (address as { directory: string }).directory, drop };
}

test('a folder that does not exist is made, for its owner only', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  const directory = join(parent, 'not', 'there');
  await (await openDatabase({ directory })).close();
  const again = await openDatabase({ directory });
  expect(await rowsOf(again.handle, sql`select count(*)::int as rows from messages`)).toEqual([{ rows: 0 }]);
  expect(statSync(directory).mode & 0o077).toBe(0);
  await again.close();
  rmSync(parent, { recursive: true });
});

test('a folder that another process has open is refused by name, and free again once that process is killed', async () => {
  const { directory, drop } = await directoryOf();
  const child = await holdElsewhere(directory);
  await expect(openDatabase({ directory })).rejects.toMatchObject({
    code: 'data-dir',
    message: `The data folder ${directory} is in use by process ${child.pid}`,
  });
  await kill(child);
  const database = await openDatabase({ directory });
  expect(await rowsOf(database.handle, sql`select external_id as id from communities`)).toEqual([
    { id: 'before the kill' },
  ]);
  await database.close();
  await drop();
});

test('a folder that this process has open is refused too, and free again once it is closed', async () => {
  const { directory, drop } = await directoryOf();
  const database = await openDatabase({ directory });
  await expect(openDatabase({ directory })).rejects.toThrow('in use by this process');
  await database.close();
  await (await openDatabase({ directory })).close();
  expect(readdirSync(directory)).toEqual(['postgres']);
  await drop();
});

test.each([
  ['of a process that is gone', '2147483646 12345'],
  ['of a process whose id another has now', `${process.pid} 1`],
  ['of no process', 'nonsense'],
  ['that is empty', ''],
])('a lock %s is taken over', async (_what, content) => {
  const { directory, drop } = await directoryOf();
  writeFileSync(join(directory, 'lock'), content);
  const database = await openDatabase({ directory });
  await expect(openDatabase({ directory })).rejects.toThrow('in use by this process');
  await database.close();
  await drop();
});

test('a folder that cannot be made or written is refused by name', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  const file = join(parent, 'file');
  writeFileSync(file, '');
  await expect(openDatabase({ directory: join(file, 'data') })).rejects.toMatchObject({
    code: 'data-dir',
    message: expect.stringContaining(`${join(file, 'data')} cannot be written`),
  });
  rmSync(parent, { recursive: true });
});

test('files of another Postgres are refused with both versions', async () => {
  const { directory, drop } = await directoryOf();
  writeFileSync(join(directory, 'postgres', 'PG_VERSION'), '19\n');
  await expect(openDatabase({ directory })).rejects.toThrow(/Postgres 19; this version reads 18/);
  await drop();
});

test('what a process left that was killed while making the database is made anew', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  mkdirSync(join(directory, 'postgres.new'));
  writeFileSync(join(directory, 'postgres.new', 'PG_VERSION'), '18\n');
  const database = await openDatabase({ directory });
  expect(await rowsOf(database.handle, sql`select 1 as one`)).toEqual([{ one: 1 }]);
  await database.close();
  expect(readdirSync(directory)).toEqual(['postgres']);
  rmSync(directory, { recursive: true });
});
