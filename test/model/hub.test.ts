import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/model/checkpoint.ts';
import { findSnapshot } from '../../src/model/hub-cache.ts';
import { repositoryOf } from '../../src/model/repository.ts';
import { readSafetensors, safetensorsChunks } from '../../src/onnx/safetensors.ts';
import { Secret } from '../../src/runtime/secrets.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { HubServer, TOKEN } from './hub-server.ts';
import { FILES, ID, TinyHub, WEIGHTS, WEIGHTS_ETAG, OTHERS } from './tiny-hub.ts';

const tiny = new TinyHub();

describe('a pull', () => {
  test('gets what a BERT needs and nothing else, in the layout that huggingface_hub shares', async () => {
    const commit = tiny.hub.add(ID, { ...FILES, ...OTHERS });
    const pulled = await tiny.pull();
    const folder = join(tiny.home, 'snapshots', commit);
    expect(pulled).toEqual({ id: ID, revision: 'main', commit, folder, downloaded: expect.any(Number) });
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(FILES).toSorted());
    for (const [name, bytes] of Object.entries(FILES)) expect(readFileSync(join(folder, name))).toEqual(bytes);
    expect(readlinkSync(join(folder, 'model.safetensors'))).toBe(join('..', '..', 'blobs', WEIGHTS_ETAG));
    expect(readFileSync(join(tiny.home, 'refs', 'main'), 'utf8')).toBe(commit);
    const blob = FILES['vocab.txt']!;
    const gitSha = createHash('sha1').update(`blob ${blob.length}\0`).update(blob).digest('hex');
    expect(readFileSync(join(tiny.home, 'blobs', gitSha))).toEqual(blob);
    expect(pulled.downloaded).toBe(Object.values(FILES).reduce((sum, { length }) => sum + length, 0));
    expect(tiny.hub.got('hub')).not.toContain('pytorch_model.bin');
  });

  test('of tokenizer.json and vocab.txt takes the one that is read', async () => {
    tiny.hub.add(ID, { ...FILES, 'tokenizer.json': Buffer.from('{}'), 'special_tokens_map.json': Buffer.from('{} ') });
    await expect(tiny.pull()).rejects.toThrow('tokenizer.json has no model with a vocabulary');
    expect(tiny.hub.got('hub')).toEqual(expect.arrayContaining(['tokenizer.json', 'special_tokens_map.json']));
    expect(tiny.hub.got('hub')).not.toContain('vocab.txt');
  });

  test('gets nothing twice', async () => {
    tiny.hub.add(ID, FILES);
    await tiny.pull();
    tiny.hub.requests.length = 0;
    expect((await tiny.pull()).downloaded).toBe(0);
    expect([tiny.hub.got('hub'), tiny.hub.got('cdn')]).toEqual([[], []]);
    // Another commit with the same weights.
    tiny.hub.add(ID, { ...FILES, 'tokenizer_config.json': Buffer.from('{"do_lower_case": true, "x": 1}') });
    await tiny.pull();
    expect([tiny.hub.got('hub'), tiny.hub.got('cdn')]).toEqual([['tokenizer_config.json'], []]);
  });

  test.each(['v1.0', 'refs/pr/1'])('takes the revision %s', async (revision) => {
    tiny.hub.add(ID, { ...FILES, 'vocab.txt': Buffer.from('other') });
    const commit = tiny.hub.add(ID, FILES, { revision });
    expect((await tiny.pull(`${ID}@${revision}`)).commit).toBe(commit);
    const folder = join(tiny.home, 'snapshots', commit);
    expect(await findSnapshot(tiny.cache, repositoryOf(`${ID}@${revision}`))).toBe(folder);
    expect(await findSnapshot(tiny.cache, repositoryOf(`${ID}@${commit}`))).toBe(folder);
    expect(await findSnapshot(tiny.cache, repositoryOf(`${ID}@${commit.slice(0, 12)}`))).toBe(folder);
    expect(await findSnapshot(tiny.cache, repositoryOf(ID))).toBeNull();
    expect((await tiny.pull(`${ID}@${commit}`)).folder).toBe(folder);
  });

  test('gets every shard that the index names', async () => {
    const tensors = [...(await readSafetensors(join(TINY_BERT, 'model.safetensors')))];
    const shards = [tensors.slice(0, 20), tensors.slice(20)].map((part, i) => ({
      name: `model-0000${i + 1}-of-00002.safetensors`,
      part,
    }));
    const map = Object.fromEntries(shards.flatMap(({ name, part }) => part.map(([tensor]) => [tensor, name])));
    const { 'model.safetensors': _, ...small } = FILES;
    tiny.hub.add(ID, {
      ...small,
      'model.safetensors.index.json': Buffer.from(JSON.stringify({ weight_map: map })),
      ...Object.fromEntries(shards.map(({ name, part }) => [name, Buffer.concat(safetensorsChunks(new Map(part)))])),
    });
    const { folder } = await tiny.pull();
    expect(await openCheckpoint(folder)).toEqual(await openCheckpoint(TINY_BERT));
  });

  test('tells how far it is', async () => {
    tiny.hub.add(ID, FILES);
    const seen: [number, number][] = [];
    await tiny.pull(ID, {}, { onProgress: (done, total) => seen.push([done, total]) });
    const total = Object.entries(FILES).reduce(
      (sum, [name, { length }]) => sum + (name === 'config.json' ? 0 : length),
      0,
    );
    expect(seen.at(-1)).toEqual([total, total]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
  });

  test('puts the files themselves where the system allows no links', async () => {
    tiny.hub.add(ID, FILES);
    const link = (): Promise<never> => Promise.reject(Object.assign(new Error('not permitted'), { code: 'EPERM' }));
    const { folder } = await tiny.pull(ID, {}, { link });
    expect(lstatSync(join(folder, 'model.safetensors')).isFile()).toBe(true);
    expect(await openCheckpoint(folder)).toEqual(await openCheckpoint(TINY_BERT));
    tiny.hub.requests.length = 0;
    await tiny.pull(ID, {}, { link });
    expect([tiny.hub.got('hub'), tiny.hub.got('cdn')]).toEqual([[], []]);
  });
});

describe('a cut', () => {
  test('is taken up where it was, in the same run', async () => {
    tiny.hub.add(ID, FILES);
    tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: 40_000 });
    tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: 20_000 });
    const { folder } = await tiny.pull();
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(WEIGHTS);
    const ranges = tiny.hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=40000-', 'bytes=60000-']);
  });

  test('is taken up where it was, by the next run', async () => {
    tiny.hub.add(ID, FILES);
    for (let i = 0; i < 3; i += 1)
      tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: i === 0 ? 50_000 : 0 });
    await expect(tiny.pull()).rejects.toMatchObject({
      code: 'network',
      hint: expect.stringContaining('goes on where it stopped'),
    });
    expect(readFileSync(tiny.part)).toEqual(WEIGHTS.subarray(0, 50_000));
    expect(await findSnapshot(tiny.cache, repositoryOf(ID))).toBeNull();
    tiny.hub.requests.length = 0;
    expect((await tiny.pull()).downloaded).toBe(WEIGHTS.length - 50_000);
    expect(tiny.hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range)).toEqual(['bytes=50000-']);
  });

  test('that comes again and again is overcome as long as bytes come', async () => {
    tiny.hub.add(ID, FILES);
    for (let i = 0; i < 8; i += 1) tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: 10_000 });
    await tiny.pull();
    expect(tiny.hub.got('cdn')).toHaveLength(9);
  });

  test('by a host that falls silent is noticed', async () => {
    tiny.hub.add(ID, FILES);
    tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: 30_000, hang: true });
    const { folder } = await tiny.pull(ID, {}, { patience: { attempts: 3, retryMs: 1, silenceMs: 200 } });
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(WEIGHTS);
  });

  test('is started anew where the host knows no ranges', async () => {
    tiny.hub.add(ID, FILES);
    tiny.hub.ranges = false;
    tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', cutAfter: 30_000 });
    const { folder } = await tiny.pull();
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(WEIGHTS);
  });

  test.each([
    ['of other content', Buffer.alloc(50_000, 7)],
    ['longer than the file', Buffer.alloc(WEIGHTS.length + 1)],
    ['as long as the file', Buffer.alloc(WEIGHTS.length)],
  ])('that left a part %s is found out by the checksum, and the file got anew', async (_, left) => {
    tiny.hub.add(ID, FILES);
    mkdirSync(join(tiny.home, 'blobs'), { recursive: true });
    writeFileSync(tiny.part, left);
    const { folder } = await tiny.pull();
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(WEIGHTS);
  });
});

describe('a token', () => {
  test('goes to the hub, never to the host that it redirects to', async () => {
    tiny.hub.add(ID, FILES, { access: 'private' });
    await tiny.pull(ID, { token: new Secret(TOKEN) });
    const sent = (host: string) =>
      new Set(tiny.hub.requests.filter((each) => each.host === host).map(({ authorization }) => authorization));
    expect(sent('hub')).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(sent('cdn')).toEqual(new Set([undefined]));
  });

  test('goes to no mirror that a small file is redirected to', async () => {
    const commit = tiny.hub.add(ID, FILES, { access: 'private' });
    const mirror = await HubServer.start();
    mirror.add(ID, FILES);
    const Location = `${mirror.url}/${ID}/resolve/${commit}/vocab.txt`;
    for (const method of ['HEAD', 'GET'])
      tiny.hub.faults.push({ method, path: 'vocab.txt', status: 307, headers: { Location } });
    const { folder } = await tiny.pull(ID, { token: new Secret(TOKEN) });
    expect(readFileSync(join(folder, 'vocab.txt'))).toEqual(FILES['vocab.txt']);
    expect(mirror.requests.map(({ method, authorization }) => [method, authorization])).toEqual([
      ['HEAD', undefined],
      ['GET', undefined],
    ]);
    await mirror.stop();
  });

  test('goes along where a model has another name now', async () => {
    const commit = tiny.hub.add('someone/new-name', FILES, { access: 'private' });
    const moved = (method: string, path: string, to: string): number =>
      tiny.hub.faults.push({ method, path, status: 307, headers: { Location: to } });
    moved('GET', '/revision/main', '/api/models/someone/new-name/revision/main');
    for (const name of Object.keys(FILES))
      for (const method of ['HEAD', 'GET'])
        moved(method, `tiny-bert/resolve/${commit}/${name}`, `/someone/new-name/resolve/${commit}/${name}`);
    expect((await tiny.pull(ID, { token: new Secret(TOKEN) })).commit).toBe(commit);
  });

  test.each([
    ['of a private model is needed', 'private', null, /no public model someone\/tiny-bert/, /HF_TOKEN/],
    ['of a private model is wrong', 'private', 'hf_wrong', /token does not give access/, /Check HF_TOKEN/],
    ['of a gated model is needed', 'gated', null, /tiny-bert is gated/, /Accept them at \S+someone\/tiny-bert/],
  ] as const)('%s', async (_, access, token, message, hint) => {
    tiny.hub.add(ID, FILES, { access });
    const error = { code: 'network', message: expect.stringMatching(message), hint: expect.stringMatching(hint) };
    await expect(tiny.pull(ID, { token: token === null ? null : new Secret(token) })).rejects.toMatchObject(error);
  });
});
