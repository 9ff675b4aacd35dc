import { expect, test } from 'vitest';
import { addApiKey, findApiKey, listApiKeys, revokeApiKey } from '../../src/store/api-keys.ts';
import { openDatabase } from '../../src/store/database.ts';
import { describeOnEachDatabase } from '../database.ts';

describeOnEachDatabase('keys of the API', (create) => {
  test('are found by their hash until they are revoked, and then their name is free', async () => {
    const { address, drop } = await create();
    const database = await openDatabase(address);
    const { handle } = database;
    const key = (name: string, byte: number) => ({
      name,
      hash: new Uint8Array(32).fill(byte),
      scopes: ['classify'],
      textsPerMinute: 60,
    });
    expect(await addApiKey(handle, key('tool', 1))).toBe(true);
    expect(await addApiKey(handle, key('tool', 2))).toBe(false);
    expect(await findApiKey(handle, key('tool', 1).hash)).toMatchObject({ name: 'tool', scopes: ['classify'] });
    expect(await findApiKey(handle, key('tool', 2).hash)).toBeNull();
    expect(await revokeApiKey(handle, 'tool')).toBe(true);
    expect(await revokeApiKey(handle, 'tool')).toBe(false);
    expect(await findApiKey(handle, key('tool', 1).hash)).toBeNull();
    expect(await addApiKey(handle, key('tool', 3))).toBe(true);
    expect((await listApiKeys(handle)).map(({ name, revokedAt }) => [name, revokedAt !== null])).toEqual([
      ['tool', true],
      ['tool', false],
    ]);
    await database.close();
    await drop();
  });
});
