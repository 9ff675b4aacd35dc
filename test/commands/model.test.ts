import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { HubServer, TOKEN } from '../model/hub-server.ts';
import { evenkeel, Evenkeel } from './evenkeel.ts';

const ID = 'someone/tiny-bert';
const FILES = Object.fromEntries(
  ['config.json', 'tokenizer_config.json', 'vocab.txt', 'model.safetensors'].map((name) => [
    name,
    readFileSync(join(TINY_BERT, name)),
  ]),
);

let hub: HubServer;
let folder: string;
let env: NodeJS.ProcessEnv;
let commit: string;

const run = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status, stdout, stderr } = await evenkeel([...args, '--json'], env);
  return { status, stderr, ...(JSON.parse(stdout || stderr) as Record<string, unknown>) };
};

beforeAll(async () => {
  hub = await HubServer.start();
  commit = hub.add(ID, FILES, { access: 'private' });
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-model-'));
  env = {
    EVENKEEL_BASE: '',
    EVENKEEL_DATA_DIR: join(folder, 'data'),
    HF_ENDPOINT: `${hub.url}/`,
    HF_HOME: join(folder, 'hf'),
    HF_HUB_CACHE: '',
    HF_TOKEN: TOKEN,
  };
});
afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true });
});

describe('evenkeel model', () => {
  const snapshot = (): string => join(folder, 'hf', 'hub', 'models--someone--tiny-bert', 'snapshots', commit);

  it('says how to get a base that is not there', async () => {
    expect(await run('model', 'use', ID)).toMatchObject({
      status: 1,
      error: { code: 'model', hint: expect.stringContaining(`evenkeel model pull ${ID}`) },
    });
    expect(await run('model', 'pull', 'tiny-bert')).toMatchObject({ status: 2, error: { code: 'usage' } });
  });

  it('pulls one that was killed in the middle of a file, from where it was', async () => {
    hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: 60_000, hang: true });
    const killed = new Evenkeel(['model', 'pull', ID], env);
    const blobs = join(snapshot(), '..', '..', 'blobs');
    await expect.poll(() => sizeOfPart(blobs), { timeout: 20_000 }).toBe(60_000);
    killed.child.kill('SIGKILL');
    await killed.ended;

    expect(await run('model', 'pull', ID)).toMatchObject({ id: ID, commit, folder: snapshot() });
    expect(hub.requests.findLast(({ host }) => host === 'cdn')!.range).toBe('bytes=60000-');
    const { stdout } = await evenkeel(['model', 'pull', ID], env);
    expect(stdout).toContain(`${ID} (main, commit ${commit.slice(0, 12)}) is in ${snapshot()}.`);
  });

  it('chooses a base, which is then used where none is given', async () => {
    expect(await run('model', 'list')).toMatchObject({
      models: [
        { name: 'mini', commit: null, inUse: true },
        { name: ID, commit, revisions: ['main'], folder: snapshot(), complete: true, inUse: false },
      ],
    });
    const used = await evenkeel(['model', 'use', ID], env);
    expect([used.status, used.stdout]).toEqual([0, expect.stringContaining('it has no adapter multi yet')]);
    expect(JSON.parse(readFileSync(join(folder, 'data', 'base.json'), 'utf8'))).toEqual({ base: `${ID}@${commit}` });
    expect(await run('classify')).toMatchObject({
      status: 1,
      error: { message: expect.stringContaining(`${ID} has no adapter multi`) },
    });

    cpSync(join(TINY_BERT, 'adapter'), join(folder, 'data', 'adapters', 'someone--tiny-bert', 'multi'), {
      recursive: true,
    });
    const { stdout, stderr } = await new Evenkeel(['classify'], env).end('{"id":1,"text":"They never listen."}\n');
    expect([JSON.parse(stdout), stderr]).toEqual([expect.objectContaining({ id: 1, adapter: 'multi' }), '']);
    expect((await run('model', 'list'))['models']).toMatchObject([{ inUse: false }, { name: ID, inUse: true }]);
    const table = await evenkeel(['model', 'list'], env);
    expect(table.stdout).toMatch(new RegExp(`\\*\\s+${ID}\\s+main\\s+${commit.slice(0, 12)}\\s+0\\.1 MB`));
  });

  it('removes a base, in use only by force', async () => {
    expect(await run('model', 'remove', ID)).toMatchObject({
      status: 1,
      error: { message: `${ID} is the base in use` },
    });
    expect(await run('model', 'remove', `${ID}@other`)).toMatchObject({ status: 1, error: { code: 'input' } });
    expect(await run('model', 'remove', ID, '--force')).toMatchObject({
      removed: [{ id: ID, commit }],
      freed: expect.any(Number),
    });
    expect(existsSync(snapshot())).toBe(false);
    expect((await run('model', 'list'))['models']).toMatchObject([{ name: 'mini', inUse: true }]);
  });
});

function sizeOfPart(blobs: string): number {
  const [name] = existsSync(blobs) ? readdirSync(blobs).filter((each) => each.endsWith('.incomplete')) : [];
  return name === undefined ? 0 : statSync(join(blobs, name)).size;
}
