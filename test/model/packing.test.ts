import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pack } from '../../src/model/packing.ts';

const ROW = 32;
const sequences = fc.array(
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: ROW }).map((ids) => Int32Array.from(ids)),
  { maxLength: 60 },
);

test('every sequence stands whole in its row, under a number of its own, with positions from 0', () => {
  fc.assert(
    fc.property(sequences, (given) => {
      const packed = pack(given, ROW);
      given.forEach((sequence, i) => {
        const start = packed.firstTokens[i]!;
        const end = start + sequence.length;
        expect(Math.floor(start / ROW)).toBe(Math.floor((end - 1) / ROW));
        expect(packed.inputIds.slice(start, end)).toEqual(sequence);
        expect(packed.positionIds.slice(start, end)).toEqual(sequence.map((_, k) => k));
        const segment = packed.segments[start]!;
        expect(segment).toBeGreaterThan(0);
        const row = Math.floor(start / ROW) * ROW;
        const own = packed.segments.slice(row, row + ROW).reduce((n, s) => n + Number(s === segment), 0);
        expect(own).toBe(sequence.length);
      });
    }),
  );
});

test('padding is all that no sequence holds, and is told from every post', () => {
  fc.assert(
    fc.property(sequences, (given) => {
      const packed = pack(given, ROW, 7);
      const tokens = given.reduce((sum, { length }) => sum + length, 0);
      const padding = [...packed.segments.keys()].filter((i) => packed.segments[i] === 0);
      expect(padding).toHaveLength(packed.rows * ROW - tokens);
      expect(padding.every((i) => packed.inputIds[i] === 7 && packed.positionIds[i] === 0)).toBe(true);
    }),
  );
});

test('no two rows could be one', () => {
  fc.assert(
    fc.property(sequences, (given) => {
      const packed = pack(given, ROW);
      const used = Array.from({ length: packed.rows }, (_, row) =>
        packed.segments.slice(row * ROW, (row + 1) * ROW).reduce((n, s) => n + Number(s > 0), 0),
      ).sort((a, b) => a - b);
      if (used.length > 1) expect(used[0]! + used[1]!).toBeGreaterThan(ROW);
    }),
  );
});

test('posts as short as chat posts are leave little of a long row empty', () => {
  let state = 1;
  const lengths = Array.from({ length: 400 }, () => 3 + ((state = (state * 48271) % 2147483647) % 45));
  const packed = pack(
    lengths.map((length) => new Int32Array(length).fill(9)),
    128,
  );
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  expect((packed.rows * 128) / tokens).toBeLessThan(1.03);
});

test.each([0, ROW + 1])('a sequence of %i tokens is refused', (length) => {
  expect(() => pack([new Int32Array(length)], ROW)).toThrow(`a sequence of ${length} tokens does not fit rows of 32`);
});
