import { expect, test } from 'vitest';
import { gather } from '../../src/roles/gather.ts';

test('a call alone is done at once; calls that come meanwhile are done together in the next, in order', async () => {
  const given: (readonly string[])[] = [];
  const first = Promise.withResolvers<void>();
  const store = gather((items: readonly string[]) => {
    given.push(items);
    return given.length === 1 ? first.promise : Promise.resolve();
  });
  const calls = [store(['a']), store(['b', 'c']), store([]), store(['d'])];
  expect(given).toEqual([['a']]);
  first.resolve();
  await Promise.all(calls);
  expect(given).toEqual([['a'], ['b', 'c', 'd']]);
  await store(['later']);
  expect(given.length).toBe(3);
});

test('of calls done together only the one at fault rejects', async () => {
  const given: (readonly string[])[] = [];
  const store = gather(async (items: readonly string[]) => {
    given.push(items);
    await Promise.resolve();
    if (items.includes('wrong')) throw new Error('no good');
  });
  const results = await Promise.allSettled([store(['a']), store(['b']), store(['wrong']), store(['c'])]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(given).toEqual([['a'], ['b', 'wrong', 'c'], ['b'], ['wrong'], ['c']]);
  await expect(store(['later'])).resolves.toBeUndefined();
});
