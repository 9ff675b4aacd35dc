import { expect, test } from 'vitest';
import { createShedding } from '../../src/roles/shedding.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { SILENT } from '../../src/runtime/log.ts';

function open() {
  const said: unknown[] = [];
  const log: Logger = { ...SILENT, warn: (event, fields) => void said.push([event, fields]) };
  let now = 0;
  const shedding = createShedding({ mostSeconds: 60, log }, () => now);
  return { said, shedding, wait: (ms: number) => void (now += ms) };
}

test('posts are passed over once they have been too old for 5 s, and until they are half as old', () => {
  const { said, shedding, wait } = open();
  expect(shedding.unseenFrom(60)).toBe(Infinity);
  expect(shedding.unseenFrom(61)).toBe(Infinity);
  wait(5000);
  expect(shedding.unseenFrom(64)).toBe(30);
  shedding.passedOver(7);
  expect(shedding.unseenFrom(31)).toBe(30);
  shedding.passedOver(2);
  expect(shedding.unseenFrom(29)).toBe(Infinity);
  expect(said).toEqual([
    ['classifiers are behind; the oldest posts are passed over', { seconds: 64, mostSeconds: 60 }],
    ['classifiers have caught up; every post is checked again', { passedOver: 9 }],
  ]);
});

test('a clock that jumps an hour ahead passes nothing over that is dealt with in seconds', () => {
  const { said, shedding, wait } = open();
  for (let batch = 0; batch < 8; batch += 1) {
    expect(shedding.unseenFrom(3600)).toBe(Infinity);
    wait(500);
  }
  expect(shedding.unseenFrom(1)).toBe(Infinity);
  wait(60_000);
  expect(shedding.unseenFrom(3600)).toBe(Infinity);
  expect(said).toEqual([]);
});
