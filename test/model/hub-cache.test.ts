import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locateBase } from '../../src/model/base.ts';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { findSnapshot, listSnapshots, removeSnapshot } from '../../src/model/hub-cache.ts';
import { parseRepository, repositoryOf } from '../../src/model/repository.ts';
import { openTokenizer } from '../../src/model/tokenizer.ts';
import { takeLock } from '../../src/runtime/lock-file.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { FILES, ID, TinyHub, WEIGHTS, WEIGHTS_ETAG } from './tiny-hub.ts';

const tiny = new TinyHub();

describe('without a network', () => {
  test('what is in the cache is used', async () => {
    tiny.hub.add(ID, FILES);
    const { folder, commit } = await tiny.pull();
    const endpoint = tiny.hub.url;
    await tiny.hub.stop();
    const notes: string[] = [];
    const again = await tiny.pull(ID, { endpoint }, { onNote: (note) => notes.push(note) });
    expect(again).toEqual({ id: ID, revision: 'main', commit, folder, downloaded: 0 });
    expect(notes).toEqual([expect.stringMatching(/cannot be reached: .*ECONNREFUSED.* so that is used\.$/)]);
    await expect(tiny.pull('other/model', { endpoint })).rejects.toThrow(`${endpoint} cannot be reached`);
  });

  test('nothing is asked where HF_HUB_OFFLINE says so', async () => {
    tiny.hub.add(ID, FILES);
    await expect(tiny.pull(ID, { offline: true })).rejects.toThrow('HF_HUB_OFFLINE is set');
    const { folder } = await tiny.pull();
    tiny.hub.requests.length = 0;
    expect((await tiny.pull(ID, { offline: true })).folder).toBe(folder);
    expect(tiny.hub.requests).toEqual([]);
  });

  test('a model of which only a part came is none', async () => {
    tiny.hub.add(ID, FILES);
    const { folder } = await tiny.pull();
    rmSync(join(folder, 'model.safetensors'));
    await expect(tiny.pull(ID, { offline: true })).rejects.toThrow(`${ID} is not whole in the cache`);
    await expect(locateBase({ base: ID, hubCache: tiny.cache })).rejects.toMatchObject({
      message: `The model ${ID} is in the cache, but not whole.`,
      hint: expect.stringContaining(`evenkeel model pull ${ID}`),
    });
  });
});

describe('on the disk', () => {
  test('two pulls at once get each file once', async () => {
    tiny.hub.add(ID, FILES);
    const notes: string[] = [];
    const [one, other] = await Promise.all([1, 2].map(() => tiny.pull(ID, {}, { onNote: (note) => notes.push(note) })));
    expect(one!.folder).toBe(other!.folder);
    expect(tiny.hub.got('cdn')).toEqual(['model.safetensors']);
    expect(notes).toEqual([`Process ${process.pid} is at work on ${ID}; this one waits for it.`]);
    // The lock is given back.
    expect(takeLock(join(tiny.cache, '.locks', 'models--someone--tiny-bert', 'evenkeel.lock'))).toBeTypeOf('function');
  });

  test.skipIf(process.platform !== 'linux')('a full one is said, and nothing is in place', async () => {
    tiny.hub.add(ID, FILES);
    mkdirSync(join(tiny.home, 'blobs'), { recursive: true });
    symlinkSync('/dev/full', join(tiny.home, 'blobs', `${WEIGHTS_ETAG}.incomplete`));
    await expect(tiny.pull()).rejects.toMatchObject({
      message: expect.stringContaining('.incomplete cannot be written: the disk is full'),
      hint: expect.stringContaining('Free some space'),
    });
    expect(await findSnapshot(tiny.cache, repositoryOf(ID))).toBeNull();
  });

  test('a model that is larger than what is free is refused before it is got', async () => {
    tiny.hub.add(ID, FILES);
    const headers = { 'X-Linked-Etag': WEIGHTS_ETAG, 'X-Linked-Size': String(1e17) };
    tiny.hub.faults.push({ method: 'HEAD', path: 'model.safetensors', status: 302, headers });
    await expect(tiny.pull()).rejects.toThrow(/^The model needs 100,000,000,001 MB in .*, where [\d,]+ MB are free/);
    expect(tiny.hub.got('cdn')).toEqual([]);
  });

  test('a cache that cannot be written is named', async () => {
    tiny.hub.add(ID, FILES);
    writeFileSync(join(tiny.cache, 'file'), '');
    await expect(tiny.pull(ID, { cache: join(tiny.cache, 'file', 'hub') })).rejects.toThrow(
      'The model cache cannot be written',
    );
  });
});

describe('the cache', () => {
  test('a base named by its repository is its snapshot, with the tokenizer that reads it', async () => {
    tiny.hub.add(ID, FILES);
    const { folder } = await tiny.pull();
    const base = await locateBase({ base: ID, hubCache: tiny.cache, adaptersDir: '/nowhere' });
    expect(base).toEqual({
      name: ID,
      folder,
      adapters: new Map(),
      adaptersFolder: join('/nowhere', 'someone--tiny-bert'),
    });
    expect((await openTokenizer(base.folder)).vocabSize).toBe(204);
    await expect(locateBase({ base: 'no/such@v1', hubCache: tiny.cache })).rejects.toMatchObject({
      message: 'There is neither a folder no/such@v1 nor a model of that name in the cache.',
      hint: expect.stringContaining('`evenkeel model pull no/such@v1`'),
    });
    await expect(locateBase({ base: './nowhere', hubCache: tiny.cache })).rejects.toThrow(
      'There is no folder ./nowhere',
    );
  });

  test('removing a revision keeps the files that another one needs, and the last one takes all', async () => {
    const first = tiny.hub.add(ID, FILES);
    await tiny.pull();
    tiny.hub.add(
      ID,
      { ...FILES, 'tokenizer_config.json': Buffer.from('{"do_lower_case": true, "x": 1}') },
      { revision: 'refs/pr/1' },
    );
    await tiny.pull(`${ID}@refs/pr/1`);
    const [one, two] = (await listSnapshots(tiny.cache)).toSorted((a) => (a.commit === first ? -1 : 1));
    expect([one!.revisions, two!.revisions]).toEqual([['main'], ['refs/pr/1']]);
    expect(one!.size).toBe(Object.values(FILES).reduce((sum, { length }) => sum + length, 0));

    const freed = await removeSnapshot(tiny.cache, one!);
    expect(freed).toBeGreaterThanOrEqual(FILES['tokenizer_config.json']!.length);
    expect(freed).toBeLessThan(100);
    expect(await listSnapshots(tiny.cache)).toEqual([two]);
    expect(await openCheckpoint(two!.folder)).toEqual(await openCheckpoint(TINY_BERT));
    expect(await findSnapshot(tiny.cache, repositoryOf(ID))).toBeNull();

    expect(await removeSnapshot(tiny.cache, two!)).toBeGreaterThan(WEIGHTS.length);
    expect(readdirSync(tiny.cache)).toEqual(['.locks']);
  });

  test('a cache without anything, and folders of others in it, are no trouble', async () => {
    expect(await listSnapshots(join(tiny.cache, 'missing'))).toEqual([]);
    mkdirSync(join(tiny.cache, 'datasets--a--b', 'snapshots', 'x'.repeat(40)), { recursive: true });
    mkdirSync(join(tiny.cache, 'models--a--b', 'refs'), { recursive: true });
    writeFileSync(join(tiny.cache, 'version.txt'), '1');
    expect(await listSnapshots(tiny.cache)).toEqual([]);
  });
});

test.each([
  ['a/b', { id: 'a/b', revision: 'main' }],
  [
    'google-bert/bert-base-multilingual-cased@refs/pr/7',
    { id: 'google-bert/bert-base-multilingual-cased', revision: 'refs/pr/7' },
  ],
  ...[
    'a',
    'a/b/c',
    '../b',
    'a/..',
    'a--b/c',
    'a/b@',
    'a/b@../x',
    'a/b@x@y',
    '/a/b',
    'a\\b',
    'a/b.git',
    './a',
    'a/b@/x',
    '',
  ].map((text) => [text, null] as const),
] as const)('%j is read as the repository %j', (text, repository) => {
  expect(parseRepository(text)).toEqual(repository);
});
