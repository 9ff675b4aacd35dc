import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { createProgram, run } from '../../src/commands/program.ts';
import { evenkeel } from './evenkeel.ts';

const commands = createProgram().commands.map((command) => ({ name: command.name(), command }));

describe('the command line', () => {
  it('knows every command that the README promises', () => {
    expect(commands.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['start', 'replay', 'classify', 'pretrain', 'train', 'evaluate', 'doctor', 'bench']),
    );
  });

  it.each(commands)('$name explains itself and has --json', ({ command }) => {
    const help = command.helpInformation();
    expect(help).toContain('--json');
    expect(command.description().length).toBeGreaterThan(30);
    expect(command.options.filter(({ description }) => description === '')).toEqual([]);
  });

  it('teaches with examples', async () => {
    const { status, stdout, stderr } = await evenkeel(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('$ evenkeel start --demo');
  });

  it('shows its help when it is called with nothing', async () => {
    const { status, stderr } = await runHere([]);
    expect(status).toBe(2);
    expect(stderr).toContain('Examples:');
  });

  it.each([
    [['doctro'], "unknown command 'doctro'", 'Did you mean doctor?'],
    [['doctor', '--prot', '1'], "unknown option '--prot'", 'Did you mean --port? See `evenkeel doctor --help`.'],
    [['doctor', '--port'], "option '--port <number>' argument missing", 'See `evenkeel doctor --help`.'],
    [['replay'], "missing required argument 'file'", 'See `evenkeel replay --help`.'],
    [['bench', 'everything'], "command-argument value 'everything' is invalid", 'See `evenkeel bench --help`.'],
  ])('says what is wrong with %j and what to do', async (args, message, hint) => {
    const { status, stderr } = await runHere(args);
    expect(status).toBe(2);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain(hint);
  });

  it('prints errors as JSON where --json is given', async () => {
    const { status, stderr } = await runHere(['doctor', '--json', '--port', 'http']);
    expect(status).toBe(1);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'config',
        message: '--port is "http"; allowed: a whole number from 0 to 65535',
        hint: 'Give --port an allowed value, or leave it out for the default.',
      },
    });
  });
});

describe('the launcher', () => {
  const launcher = fileURLToPath(new URL('../../src/evenkeel.mjs', import.meta.url));
  /** A Node that cannot run TypeScript, as older ones cannot. */
  const old = ['--no-experimental-strip-types', launcher];

  it('hands over to a Node that can run TypeScript, with its arguments and its status', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...old, 'doctro'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain("unknown command 'doctro'");
  });

  it('says what to do where there is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-launcher-'));
    cpSync(fileURLToPath(new URL('../../src', import.meta.url)), join(folder, 'src'), { recursive: true });
    const args = ['--no-experimental-strip-types', join(folder, 'src/evenkeel.mjs'), 'start'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: Evenkeel needs Node 22\.18 or newer; this is [\d.]+\n {2}hint: run `npm ci`/);
  });
});

/** The command line in this process: what it would exit with, and what it said on standard error. */
async function runHere(args: readonly string[]): Promise<{ status: number; stderr: string }> {
  const spy = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const status = await run(args);
    return { status, stderr: spy.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    spy.mockRestore();
  }
}
