import fc from 'fast-check';
import { expect, test } from 'vitest';

import { seeded } from '../../src/trainer/random.ts';
import { splicedPosts } from '../../src/trainer/spliced-posts.ts';

test('a spliced post begins as one text and ends as one, cut between words', () => {
  const texts = ['one two three four five six', 'alpha beta gamma delta epsilon zeta'];
  const posts = splicedPosts(texts, 20, seeded(1));
  expect(posts.length).toBe(40);
  for (const post of posts) {
    const words = post.split(' ');
    expect(texts.some((text) => text.startsWith(words[0]!) && text.split(' ').includes(words[1]!))).toBe(true);
    expect(texts.some((text) => text.endsWith(` ${words.at(-1)}`))).toBe(true);
    expect(words.every((word) => texts.some((text) => text.split(' ').includes(word)))).toBe(true);
  }
  expect(posts.some((post) => post.startsWith('one two') && post.endsWith('zeta'))).toBe(true);
});

test('a text without spaces is cut between characters, never inside one', () => {
  const posts = splicedPosts(['春眠不觉晓', '😀😁😂🤣😃😄'], 10, seeded(1));
  expect(posts.every((post) => post.isWellFormed())).toBe(true);
  expect(posts.some((post) => post.startsWith('春') && post.endsWith('😄'))).toBe(true);
});

test('there are as many as asked for, the same for the same seed, of any texts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.double({ min: 0, max: 4, noNaN: true }),
      (texts, times) => {
        const posts = splicedPosts(texts, times, seeded(3));
        expect(posts.length).toBe(Math.round(times * texts.length));
        expect(splicedPosts(texts, times, seeded(3))).toEqual(posts);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});
