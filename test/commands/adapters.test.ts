import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyBase } from '../classifier/tiny-base.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { Evenkeel, evenkeel } from './evenkeel.ts';

let base: string;
let folder: string;
let env: NodeJS.ProcessEnv;
/** Where the adapters of the base are that did not come with it. */
let own: string;

const peft = (name: string): string => join(TINY_BERT, name);
const run = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status, stdout, stderr } = await evenkeel(['adapters', ...args, '--json'], env);
  const [notes, printed] = status === 0 ? [stderr, stdout] : ['', stderr];
  return { status, notes, ...(JSON.parse(printed) as Record<string, unknown>) };
};

beforeAll(async () => {
  base = await tinyBase({ multi: 'adapter' });
});
afterAll(() => rmSync(base, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-adapters-'));
  env = { EVENKEEL_BASE: base, EVENKEEL_DATA_DIR: join(folder, 'data') };
  own = join(folder, 'data', 'adapters', base.slice(base.lastIndexOf('/') + 1));
  return () => rmSync(folder, { recursive: true });
});

describe('evenkeel adapters', () => {
  it('keeps the calibration of an adapter that it imports', async () => {
    const calibrated = join(folder, 'calibrated');
    cpSync(peft('adapter'), calibrated, { recursive: true });
    writeFileSync(join(calibrated, 'calibration.json'), '{"temperature": 1.5, "thresholds": {"en": 0.4}}');
    const plain = await run('import', peft('adapter'), '--name', 'es');
    const imported = await run('import', calibrated, '--name', 'en');
    expect(imported).toMatchObject({ status: 0, name: 'en' });
    expect(imported['version']).not.toBe(plain['version']);
    expect(readFileSync(join(own, 'en', 'calibration.json'), 'utf8')).toContain('1.5');
  });

  it('imports an adapter of PEFT, serves it, shows it, exports it as it was, and removes it', async () => {
    const imported = await run('import', peft('adapter-all'), '--name', 'en');
    expect(imported).toMatchObject({ status: 0, name: 'en', folder: join(own, 'en') });
    expect(imported['notes']).toContain('It was trained on tiny-bert, this base is');
    expect(readdirSync(own)).toEqual(['en']);

    const answered = await new Evenkeel(['classify'], env).end('{"id":1,"text":"They never listen to us."}\n');
    expect(JSON.parse(answered.stdout)).toMatchObject({ adapter: 'en' });

    const listed = (await run('list'))['adapters'] as Record<string, unknown>[];
    expect(listed).toMatchObject([
      { name: 'en', version: imported['version'], r: 3, origin: 'data', size: 15384 },
      { name: 'multi', r: 4, targets: ['query', 'value'], origin: 'base' },
    ]);
    expect(listed[0]!['targets']).toHaveLength(13);
    // Each of the two layers: 4 of 32 -> 32, one of 32 -> 64 and one of 64 -> 32, each r (in + out); and the pooler.
    expect(await run('show', 'en')).toMatchObject({
      settings: { r: 3, lora_alpha: 5, use_rslora: true },
      scaling: 5 / Math.sqrt(3),
      parameters: { lora: 3 * (2 * (4 * 64 + 2 * 96) + 64), classifier: 66 },
      base: 'tiny-bert',
      card: null,
    });

    const out = join(folder, 'exported');
    expect(await run('export', 'en', out)).toMatchObject({ version: imported['version'], folder: out });
    for (const name of ['adapter_config.json', 'adapter_model.safetensors'])
      expect(readFileSync(join(out, name))).toEqual(readFileSync(join(peft('adapter-all'), name)));
    expect(await run('export', 'en', out)).toMatchObject({ status: 1, error: { message: `${out} is there already` } });

    expect(await run('remove', 'en')).toMatchObject({ name: 'en', removed: join(own, 'en') });
    expect(await run('remove', 'en')).toMatchObject({ status: 1, error: { hint: 'It has multi.' } });
  });

  it('puts an adapter of the data folder before the one that came with the base, until it is removed', async () => {
    const before = ((await run('list'))['adapters'] as { version: string }[])[0]!.version;
    const { version } = await run('import', peft('adapter-wide'), '--name', 'multi');
    expect((await run('list'))['adapters']).toMatchObject([{ name: 'multi', version, origin: 'data' }]);
    expect(await run('import', peft('adapter'), '--name', 'multi')).toMatchObject({
      status: 1,
      error: { code: 'input' },
    });
    expect((await run('list'))['adapters']).toMatchObject([{ version }]);
    await run('import', peft('adapter'), '--name', 'multi', '--replace');
    expect((await run('list'))['adapters']).toMatchObject([{ version: before, origin: 'data' }]);
    expect(readdirSync(own)).toEqual(['multi']);
    const { stdout } = await evenkeel(['adapters', 'remove', 'multi'], env);
    expect(stdout).toContain(`The multi that came with`);
    expect(await run('remove', 'multi')).toMatchObject({
      status: 1,
      error: { message: expect.stringContaining('came with the base') },
    });
  });

  it('leaves nothing of an adapter that does not fit', async () => {
    const bad = join(folder, 'bad');
    cpSync(peft('adapter'), bad, { recursive: true });
    const config = JSON.parse(readFileSync(join(bad, 'adapter_config.json'), 'utf8')) as object;
    writeFileSync(join(bad, 'adapter_config.json'), JSON.stringify({ ...config, use_dora: true }));
    expect(await run('import', bad, '--name', 'es')).toMatchObject({
      status: 1,
      error: { code: 'model', message: expect.stringContaining('has use_dora true, which is not supported') },
    });
    rmSync(join(bad, 'adapter_model.safetensors'));
    writeFileSync(join(bad, 'adapter_model.bin'), 'pickled');
    expect(await run('import', bad, '--name', 'es')).toMatchObject({
      error: {
        message: expect.stringContaining('is missing'),
        hint: expect.stringContaining('adapter_model.bin, a pickle'),
      },
    });
    expect(await run('import', peft('adapter'), '--name', '../es')).toMatchObject({
      status: 2,
      error: { code: 'usage' },
    });
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('lists a damaged adapter as what it is', async () => {
    mkdirSync(join(own, 'es'), { recursive: true });
    writeFileSync(join(own, 'es', 'adapter_config.json'), '{');
    expect((await run('list'))['adapters']).toMatchObject([
      { name: 'es', problem: expect.stringContaining('is not a valid JSON object') },
      { name: 'multi', r: 4 },
    ]);
  });

  it('keeps the adapter without which nothing is classified, unless forced', async () => {
    const bare = await tinyBase({});
    env['EVENKEEL_BASE'] = bare;
    try {
      expect(await run('list')).toMatchObject({ adapters: [] });
      const { stderr } = await new Evenkeel(['classify'], env).end('');
      expect(stderr).toContain('evenkeel adapters import FOLDER --name multi');
      await run('import', peft('adapter'), '--name', 'multi');
      expect(await run('remove', 'multi')).toMatchObject({
        status: 1,
        error: { hint: expect.stringContaining('--force') },
      });
      expect(await run('remove', 'multi', '--force')).toMatchObject({ name: 'multi' });
    } finally {
      rmSync(bare, { recursive: true });
    }
  });
});
