import { afterAll, beforeAll, expect, test } from 'vitest';
import { promote, rollBack } from '../../src/pipeline/promotion.ts';
import { findActiveAdapters, recordAdapter } from '../../src/store/adapters.ts';
import { storeFiles, storeLedger } from '../../src/store/adapter-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { ADAPTERS_CHANNEL } from '../../src/store/adapters.ts';
import { describeOnEachDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

const BASE = 'mini@000000000000';

describeOnEachDatabase('versions of an adapter', (create) => {
  let database: Database;
  let place: TestDatabase;
  beforeAll(async () => {
    place = await create();
    database = await openDatabase(place.address);
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  const operator = { by: 'operator', force: false };
  const add = async (name: string, version: string, { files = true, parentId = null as number | null } = {}) => {
    const id = await recordAdapter(database.handle, { base: BASE, name, version }, {}, { parentId, ledger: 'x' });
    if (files) await storeFiles(database.handle, id, new Map([['adapter_model.safetensors', Uint8Array.of(1)]]));
    return id;
  };
  const serve = (name: string, version: string) => promote(database, { base: BASE, name, version }, operator);
  const back = (name: string) =>
    database.transaction((tx) => rollBack(tx, { base: BASE, name }, { by: 'operator', why: 'asked' }));
  const active = async () =>
    Object.fromEntries((await findActiveAdapters(database.handle, BASE)).map(({ name, version }) => [name, version]));

  test('are gone back to in the order in which they were served, and in the end to what came with the base', async () => {
    for (const version of ['a1', 'b1', 'c1']) await add('en-c1', version);
    for (const version of ['a1', 'b1', 'c1']) await serve('en-c1', version);
    expect(await active()).toEqual({ 'en-c1': 'c1' });
    expect(await back('en-c1')).toMatchObject({ from: { version: 'c1' }, to: { version: 'b1' } });
    expect(await back('en-c1')).toMatchObject({ from: { version: 'b1' }, to: { version: 'a1' } });
    expect(await back('en-c1')).toMatchObject({ from: { version: 'a1' }, to: null });
    expect(await active()).toEqual({});
    expect(await back('en-c1')).toBeNull();
    await serve('en-c1', 'c');
    expect(await active()).toEqual({ 'en-c1': 'c1' });
  });

  test('are announced to every process once they are served', async () => {
    const heard = Promise.withResolvers<void>();
    const ear = await database.listen(ADAPTERS_CHANNEL, heard.resolve);
    await add('es-c1', 'a1');
    await serve('es-c1', 'a1');
    await heard.promise;
    await ear.close();
  });

  test('that learned from what was erased, or came from one that did, are neither served nor gone back to', async () => {
    const old = await add('it-c1', 'a1');
    await storeLedger(database.handle, old, [{ example: 404, part: 'train', probability: 1, digest: 'x' }]);
    await add('it-c1', 'b1', { parentId: old });
    await add('it-c1', 'c1');
    for (const version of ['a1', 'b1']) await expect(serve('it-c1', version)).rejects.toThrow('erased');
    await serve('it-c1', 'c1');
    expect(await back('it-c1')).toMatchObject({ to: null });
  });

  test('are refused where their files are gone, where they are unknown, and where their gate refused them', async () => {
    await add('de-c1', 'a1', { files: false });
    await expect(serve('de-c1', 'a1')).rejects.toThrow('no longer kept');
    await expect(serve('de-c1', 'zz')).rejects.toThrow('no one version');
    const lesson = {
      language: 'de',
      adapter: 'de-c1',
      version: 'b1',
      outcome: 'refused' as const,
      corrections: 1,
      comparisons: [],
      volume: null,
    };
    const refused = { ...lesson, refusals: [{ kind: 'too-slow' as const, before: 1, after: 2 }] };
    const id = await recordAdapter(
      database.handle,
      { base: BASE, name: 'de-c1', version: 'b1' },
      {},
      { lesson: refused },
    );
    await storeFiles(database.handle, id, new Map([['adapter_model.safetensors', Uint8Array.of(1)]]));
    await expect(serve('de-c1', 'b1')).rejects.toThrow('refused by its gate');
    await promote(database, { base: BASE, name: 'de-c1', version: 'b1' }, { by: 'operator', force: true });
    expect(await active()).toMatchObject({ 'de-c1': 'b1' });
  });
});
