import { expect, test } from 'vitest';
import { leavesBand } from '../../src/domain/watch.ts';

const BEFORE = { posts: 2000, flagged: 200, decided: 100, overturned: 20 };

test.each([
  ['as many flags as before', { posts: 1000, flagged: 100, decided: 50, overturned: 10 }, null],
  ['a quarter more', { posts: 1000, flagged: 125, decided: 50, overturned: 10 }, null],
  ['three times as many', { posts: 1000, flagged: 300, decided: 50, overturned: 10 }, 'flags'],
  ['hardly any', { posts: 1000, flagged: 5, decided: 2, overturned: 1 }, 'flags'],
  ['three times as many of few posts', { posts: 40, flagged: 12, decided: 5, overturned: 1 }, null],
  ['most of its flags overturned', { posts: 1000, flagged: 100, decided: 60, overturned: 40 }, 'disagreement'],
  ['most of few overturned', { posts: 1000, flagged: 100, decided: 9, overturned: 8 }, null],
])('a version with %s', (_, now, why) => {
  expect(leavesBand(now, BEFORE)).toBe(why);
});
