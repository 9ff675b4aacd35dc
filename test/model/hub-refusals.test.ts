import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSnapshot } from '../../src/model/hub-cache.ts';
import { repositoryOf } from '../../src/model/repository.ts';
import { Secret } from '../../src/runtime/secrets.ts';
import { TOKEN } from './hub-server.ts';
import { FILES, ID, TinyHub, WEIGHTS, OTHERS } from './tiny-hub.ts';

const tiny = new TinyHub();
const CONFIG = JSON.parse(FILES['config.json']!.toString()) as Record<string, unknown>;

describe('what the hub refuses is said in a sentence', () => {
  test('an unknown model and an unknown revision', async () => {
    tiny.hub.add(ID, FILES);
    const token = new Secret(TOKEN);
    await expect(tiny.pull('no/such', { token })).rejects.toThrow(`There is no model no/such on ${tiny.hub.url}`);
    await expect(tiny.pull(`${ID}@v9`)).rejects.toThrow(`${ID} has no revision v9`);
  });

  test('too many requests: it waits as long as the hub says, if that is not long', async () => {
    tiny.hub.add(ID, FILES);
    tiny.hub.faults.push({ path: '/revision/main', status: 429, headers: { 'Retry-After': '0' } });
    await tiny.pull();
    tiny.hub.faults.push({ path: '/revision/v1', status: 429, headers: { 'Retry-After': '3600' } });
    await expect(tiny.pull(`${ID}@v1`)).rejects.toMatchObject({
      message: `${tiny.hub.url} got too many requests from here`,
      hint: expect.stringContaining('Wait'),
    });
  });

  test.each([500, 502, 503, 504])('trouble of its own (%i): it tries again, then gives up', async (status) => {
    tiny.hub.add(ID, FILES);
    tiny.hub.faults.push({ path: '/revision/main', status }, { method: 'HEAD', path: 'vocab.txt', status });
    tiny.hub.faults.push({ host: 'cdn', path: 'model.safetensors', status });
    await tiny.pull();
    for (let i = 0; i < 3; i += 1) tiny.hub.faults.push({ path: '/revision/v1', status });
    await expect(tiny.pull(`${ID}@v1`)).rejects.toThrow(
      `${tiny.hub.url} is in trouble: it answered with status ${status}`,
    );
  });

  test('a page that is no hub', async () => {
    tiny.hub.faults.push({ path: '/revision/main', status: 200, body: '<html>Sign in to this network</html>' });
    await expect(tiny.pull()).rejects.toThrow(`${tiny.hub.url} does not answer as a hub does`);
    tiny.hub.faults.push({ path: '/revision/main', status: 200, body: '{"sha":"../../evil","siblings":[]}' });
    await expect(tiny.pull()).rejects.toThrow(`${tiny.hub.url} does not answer as a hub does`);
  });

  test.each([
    ['a large file of another content', 'cdn', 'model.safetensors', Buffer.alloc(WEIGHTS.length)],
    ['a large file that is longer', 'cdn', 'model.safetensors', Buffer.alloc(WEIGHTS.length + 5)],
    ['a small file of another content', 'hub', 'vocab.txt', Buffer.alloc(FILES['vocab.txt']!.length)],
  ] as const)('%s', async (_, host, path, body) => {
    tiny.hub.add(ID, FILES);
    tiny.hub.faults.push({ host, path, body });
    await expect(tiny.pull()).rejects.toThrow(/gave a wrong answer: .*(checksum|longer)/);
    expect(await findSnapshot(tiny.cache, repositoryOf(ID))).toBeNull();
    // Nothing of it is kept.
    const { folder } = await tiny.pull();
    expect(readFileSync(join(folder, path))).toEqual(FILES[path]);
  });
});

describe('what is no BERT is refused before its weights are got', () => {
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries({ ...FILES, ...OTHERS }).filter(([name]) => !names.includes(name)));

  test.each([
    [
      'another architecture',
      { ...FILES, 'config.json': Buffer.from('{"model_type":"roberta"}') },
      /of type "roberta", expected "bert"/,
    ],
    ['weights as a pickle', without('model.safetensors'), /pytorch_model\.bin only, a pickle/],
    ['no weights', without('model.safetensors', 'pytorch_model.bin'), /has no weights/],
    ['no settings', without('config.json'), /has no config\.json/],
    ['no tokenizer', without('vocab.txt'), /has no tokenizer/],
  ])('%s', async (_, files, message) => {
    tiny.hub.add(ID, files);
    await expect(tiny.pull()).rejects.toMatchObject({ code: 'model', message: expect.stringMatching(message) });
    expect(tiny.hub.got('cdn')).toEqual([]);
  });

  test('an index that leads out of the folder', async () => {
    const index = { weight_map: { a: '../../../../evil.safetensors' } };
    tiny.hub.add(ID, {
      ...without('model.safetensors'),
      'model.safetensors.index.json': Buffer.from(JSON.stringify(index)),
    });
    await expect(tiny.pull()).rejects.toThrow(
      'names "../../../../evil.safetensors", expected the name of a .safetensors file',
    );
  });

  test('weights of other shapes than its settings say, and a larger vocabulary than it has weights for', async () => {
    tiny.hub.add(ID, { ...FILES, 'config.json': Buffer.from(JSON.stringify({ ...CONFIG, hidden_size: 64 })) });
    await expect(tiny.pull()).rejects.toThrow(/word_embeddings\.weight as F32 \[204, 32\], expected .* \[204, 64\]/);
    tiny.hub.add(ID, { ...FILES, 'vocab.txt': Buffer.concat([FILES['vocab.txt']!, Buffer.from('more\n')]) });
    await expect(tiny.pull()).rejects.toThrow(/has 205 tokens, but the model knows 204/);
    expect(await findSnapshot(tiny.cache, repositoryOf(ID))).toBeNull();
  });
});
