import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { postScore, windows } from '../../src/classifier/windows.ts';

const CLS = -1;
const SEP = -2;
/** A post of tokens 0, 1, 2 …, so that a token is its own place. */
const post = (length: number): Int32Array => Int32Array.from([CLS, ...Array.from({ length }, (_, i) => i), SEP]);

const lengths = fc.integer({ min: 0, max: 1000 });
const limits = fc.integer({ min: 6, max: 130 });

describe('windows', () => {
  test('are the post itself where it fits', () => {
    const tokens = post(126);
    expect(windows(tokens, 128)).toEqual([tokens]);
    expect(windows(post(0), 128)).toEqual([post(0)]);
  });

  test('hold every token in order, none longer than the model can read, whatever the lengths', () => {
    fc.assert(
      fc.property(lengths, limits, (length, longest) => {
        const all = windows(post(length), longest);
        const seen = new Set<number>();
        for (const window of all) {
          expect(window.length).toBeLessThanOrEqual(longest);
          expect([window[0], window.at(-1)]).toEqual([CLS, SEP]);
          const content = window.subarray(1, -1);
          expect(content.every((token, i) => token === content[0]! + i)).toBe(true);
          for (const token of content) seen.add(token);
        }
        expect(seen.size).toBe(length);
      }),
    );
  });

  test('overlap by a quarter at least, so that nothing shorter than that is only read cut in two', () => {
    fc.assert(
      fc.property(lengths, limits, (length, longest) => {
        const all = windows(post(length), longest);
        const quarter = Math.floor((longest - 2) / 4);
        for (let i = 1; i < all.length; i += 1) {
          const end = all[i - 1]!.at(-2)!;
          expect(end - all[i]![1]! + 1).toBeGreaterThanOrEqual(quarter);
        }
      }),
    );
  });

  test('refuse a limit without room for a token', () => {
    expect(() => windows(post(5), 2)).toThrow(/no room/u);
  });
});

test('a post scores as its highest window', () => {
  expect(postScore([0.1, 0.9, 0.4])).toBe(0.9);
  expect(postScore([0.2])).toBe(0.2);
});
