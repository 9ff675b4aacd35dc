import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/commands/program.ts';
import { installationsOf } from '../../src/store/installations.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';

const OLD = '11'.repeat(32);
const NEW = '22'.repeat(32);

describe('evenkeel keys', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-keys-'));
  const ids = [OLD, NEW].map((hex) => createSeal([Buffer.from(hex, 'hex')]).ids.current);
  beforeAll(async () => {
    const database = await openDatabase({ directory: join(dataDir, 'database') });
    const table = installationsOf(database.handle, createSeal([Buffer.from(OLD, 'hex')]), 'slack');
    for (const team of ['T1', 'T2', 'T3']) await table.save(team, `token of ${team}`);
    await database.close();
    writeFileSync(join(dataDir, 'key'), OLD);
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  /** In this process: the start of one is not what is tested here. */
  async function keys(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    const said = { stdout: '', stderr: '' };
    const spies = (['stdout', 'stderr'] as const).map((stream) =>
      vi.spyOn(process[stream], 'write').mockImplementation((text) => {
        said[stream] += String(text);
        return true;
      }),
    );
    try {
      return { status: await run(['keys', ...args, '--data-dir', dataDir]), ...said };
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  it('rotates the files of the data folder, and says what is missing and when the old key can go', async () => {
    writeFileSync(join(dataDir, 'key'), NEW);
    const refused = await keys('rotate');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /3 rows \(3 of installations\.sealed under [0-9a-f]{2}\) are sealed with a key that is not given/,
    );
    expect(refused.stderr).toContain('EVENKEEL_OLD_KEYS');

    writeFileSync(join(dataDir, 'old-keys'), OLD);
    const shown = await keys('show', '--json');
    expect(JSON.parse(shown.stdout)).toEqual([{ where: 'installations.sealed', key: ids[0], given: 'old', rows: 3 }]);

    const rotated = await keys('rotate');
    expect(rotated).toMatchObject({ status: 0 });
    expect(rotated.stdout).toBe(
      '3 rows are sealed with the current key now.\n' +
        'Nothing is under an old key any more: it can go from EVENKEEL_OLD_KEYS, or the file `old-keys`.\n',
    );
    renameSync(join(dataDir, 'old-keys'), join(dataDir, 'gone'));
    expect(JSON.parse((await keys('show', '--json')).stdout)).toEqual([
      { where: 'installations.sealed', key: ids[1], given: 'current', rows: 3 },
    ]);
    expect(readFileSync(join(dataDir, 'key'), 'utf8')).toBe(NEW);
  });
});
