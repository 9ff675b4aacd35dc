import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { tinyBase } from '../classifier/tiny-base.ts';
import { dataFolderIn } from '../database.ts';
import { Evenkeel, evenkeel } from './evenkeel.ts';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-replay-test-'));
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  env = { EVENKEEL_BASE: await tinyBase(), LOG_LEVEL: 'info' };
});
afterAll(() => {
  rmSync(env['EVENKEEL_BASE']!, { recursive: true });
  rmSync(folder, { recursive: true });
});

const WORDS = 'they always never listen people harbour market hate love our town ferry enemy friends'.split(' ');
const textOf = (id: number): string =>
  Array.from({ length: 8 }, (_, at) => WORDS[(id * 7 + at * (id + 3)) % WORDS.length]).join(' ');

function fileOf(lines: readonly string[]): string {
  const file = join(mkdtempSync(join(folder, 'file-')), 'posts.jsonl');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

const posts = (count: number): string[] =>
  Array.from({ length: count }, (_, id) => JSON.stringify({ id: `post ${id}`, text: textOf(id) }));

const idsIn = (stdout: string): unknown[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: unknown }).id);

describe('evenkeel replay', () => {
  it('gives each post its verdict, names bad lines and says what came of it all', async () => {
    const [first, second, ...rest] = posts(30);
    const file = fileOf([first!, 'no post', second!, first!, ...rest]);
    const { status, stdout, stderr } = await evenkeel(['replay', file, '--data-dir', dataFolderIn(folder)], env);
    expect(stdout).toMatch(/^30 posts: 30 verdicts, (\d+) flagged, \1 cards?\.\n30 verdicts of them now/);
    expect(stdout).toContain('1 line skipped: not a post.');
    expect(stdout).toContain('1 line skipped: the id came before.');
    expect(stderr).toContain('posts.jsonl, line 2: skipped, it is not JSON\n');
    expect(status).toBe(0);
  });

  it('prints one line a post in the order of the file, ids as they were given', async () => {
    const ids = [7, 'seven', 3, '3b', 'ünï', 'a\0b'];
    const file = fileOf(ids.map((id, at) => JSON.stringify({ id, text: textOf(at) })));
    const { status, stdout } = await evenkeel(['replay', file, '--json', '--data-dir', dataFolderIn(folder)], env);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(status).toBe(0);
    expect(lines.map(({ id }) => id)).toEqual(ids);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['id', 'language', 'adapter', 'score', 'flagged']);
      expect(line['flagged']).toBe((line['score'] as number) >= 0.5);
    }
  });

  it('takes whatever a post may hold', async () => {
    const texts = [
      '',
      '  \n',
      '🍋🍋',
      'https://example.org',
      '```x = 1```',
      'harbour '.repeat(1250),
      'הם לא מקשיבים',
      'a\0b',
      '\ud800 lone',
      '𒀀𒀁',
      'z\u0335\u0321\u0348'.repeat(50),
    ];
    const file = fileOf(texts.map((text, id) => JSON.stringify({ id, text })));
    const { status, stdout } = await evenkeel(['replay', file, '--json', '--data-dir', dataFolderIn(folder)], env);
    expect(status).toBe(0);
    expect(idsIn(stdout)).toEqual(texts.map((_, id) => id));
  });

  it('reads standard input, and leaves nothing behind without --data-dir', async () => {
    const run = new Evenkeel(['replay', '-'], { ...env, TMPDIR: mkdtempSync(join(folder, 'tmp-')) });
    const { status, stdout } = await run.end(posts(3).join('\n'));
    expect(status).toBe(0);
    expect(stdout).toContain('3 posts: 3 verdicts');
  });

  it('says which file it cannot read', async () => {
    const { status, stderr } = await evenkeel(['replay', join(folder, 'none.jsonl')], env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*none\.jsonl cannot be read: ENOENT.*\n {2}hint: Give a file of JSON lines/);
  });

  it('goes on after being killed again and again: every message one verdict, every flagged one one card', async () => {
    const dataDir = dataFolderIn(folder);
    const file = fileOf(posts(600));
    const args = ['replay', file, '--data-dir', dataDir, '--json'];
    for (const verdicts of [1, 150, 400]) await killAfter(args, verdicts);

    const { status, stdout } = await evenkeel(args, env);
    expect(status).toBe(0);
    expect(idsIn(stdout)).toEqual(Array.from({ length: 600 }, (_, id) => `post ${id}`));
    const flagged = stdout.split('"flagged":true').length - 1;
    expect(await countIn(join(dataDir, 'database'))).toEqual({
      messages: 600,
      verdicts: 600,
      flags: flagged,
      cards: flagged,
    });
  });

  it('stops cleanly at SIGINT and goes on from there', async () => {
    const args = ['replay', fileOf(posts(300)), '--data-dir', dataFolderIn(folder)];
    const { status, stderr } = await killAfter(args, 1, 'SIGINT');
    expect(status).toBe(130);
    expect(stderr).toContain('Stopped. The same command goes on from here.');
    const again = await evenkeel(args, env);
    expect(again.stdout).toContain('300 posts: 300 verdicts');
    expect(again.stdout).not.toContain('300 verdicts of them now');
  });
});

/** Starts a replay and ends it once so many verdicts were given by it; one that is done before is left to end. */
async function killAfter(args: readonly string[], verdicts: number, signal: NodeJS.Signals = 'SIGKILL') {
  const run = new Evenkeel(args, { ...env, LOG_LEVEL: 'debug', LOG_FORMAT: 'json' });
  for await (const line of createInterface({ input: run.child.stderr! })) {
    const { event, verdicts: given } = line.startsWith('{') ? JSON.parse(line) : {};
    if (event === 'classified' && given >= verdicts && !run.child.killed) run.child.kill(signal);
  }
  return run.ended;
}

async function countIn(directory: string): Promise<unknown> {
  const database = await openDatabase({ directory });
  const [counts] = await rowsOf(
    database.handle,
    sql`select (select count(*) from messages) as messages, (select count(*) from verdicts) as verdicts,
      (select count(*) from flags) as flags, (select count(*) from cards) as cards`,
  );
  await database.close();
  return counts;
}
