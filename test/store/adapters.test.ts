import { expect, test } from 'vitest';
import { activateAdapter, findActiveAdapters, recordAdapter } from '../../src/store/adapters.ts';
import { openDatabase } from '../../src/store/database.ts';
import { describeOnEachDatabase } from '../database.ts';

describeOnEachDatabase('adapters', (create) => {
  test('one version of a language is served at a time, and only once it was made active', async () => {
    const { address, drop } = await create();
    const database = await openDatabase(address);
    const adapter = (name: string, version: string) => ({ base: 'mini', name, version });
    const activate = (name: string, version: string) =>
      database.transaction((tx) => activateAdapter(tx, adapter(name, version)));
    const active = () => findActiveAdapters(database.handle, 'mini');

    await recordAdapter(database.handle, adapter('en', '1'), { f1_macro: 0.7 });
    await recordAdapter(database.handle, adapter('en', '2'), { f1_macro: 0.8 });
    await recordAdapter(database.handle, adapter('multi', '1'), {});
    await recordAdapter(database.handle, { ...adapter('en', '9'), base: 'other' }, {});
    expect(await active()).toEqual([]);
    await activate('en', '1');
    await activate('multi', '1');
    expect(await active()).toEqual([adapter('en', '1'), adapter('multi', '1')]);
    await activate('en', '2');
    await recordAdapter(database.handle, adapter('en', '2'), { f1_macro: 0.81 });
    expect(await active()).toEqual([adapter('en', '2'), adapter('multi', '1')]);
    await activate('en', '1');
    expect(await active()).toEqual([adapter('en', '1'), adapter('multi', '1')]);
    await expect(activate('en', 'unknown')).rejects.toThrow('unknown');
    expect(await active()).toEqual([adapter('en', '1'), adapter('multi', '1')]);
    await database.close();
    await drop();
  });
});
