import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pack, packTightly, type Pack } from '../../src/model/packing.ts';

const ROW = 32;
const sequences = fc.array(
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: ROW }).map((ids) => Int32Array.from(ids)),
  { maxLength: 60 },
);

const PACKERS: [string, (given: Int32Array[], pad: number) => Pack][] = [
  ['rows of one length', (given, pad) => pack(given, ROW, pad)],
  ['tight rows', (given, pad) => packTightly(given, 1000, pad)],
];

test.each(PACKERS)(
  '%s: every sequence stands whole in its row, under a number of its own, with positions from 0',
  (_name, packer) => {
    fc.assert(
      fc.property(sequences, (given) => {
        const packed = packer(given, 0);
        const length = packed.rowLength;
        given.forEach((sequence, i) => {
          const start = packed.firstTokens[i]!;
          const end = start + sequence.length;
          expect(Math.floor(start / length)).toBe(Math.floor((end - 1) / length));
          expect(packed.inputIds.slice(start, end)).toEqual(sequence);
          expect(packed.positionIds.slice(start, end)).toEqual(sequence.map((_, k) => k));
          const segment = packed.segments[start]!;
          expect(segment).toBeGreaterThan(0);
          const row = Math.floor(start / length) * length;
          const own = packed.segments.slice(row, row + length).reduce((n, s) => n + Number(s === segment), 0);
          expect(own).toBe(sequence.length);
        });
      }),
    );
  },
);

test.each(PACKERS)('%s: padding is all that no sequence holds, and is told from every post', (_name, packer) => {
  fc.assert(
    fc.property(sequences, (given) => {
      const packed = packer(given, 7);
      const tokens = given.reduce((sum, { length }) => sum + length, 0);
      const padding = [...packed.segments.keys()].filter((i) => packed.segments[i] === 0);
      expect(padding).toHaveLength(packed.rows * packed.rowLength - tokens);
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

test('tight rows of a batch of chat posts leave less than 3 % empty', () => {
  let state = 7;
  const next = (): number => (state = (state * 48271) % 2147483647);
  let [computed, real] = [0, 0];
  for (let batch = 0; batch < 50; batch += 1) {
    const posts: Int32Array[] = [];
    let tokens = 0;
    while (tokens < 1000) {
      const post = new Int32Array(4 + Math.floor(12 / (0.12 + (next() % 1000) / 1000))).fill(9);
      posts.push(post);
      tokens += post.length;
    }
    const packed = packTightly(posts, 1152);
    computed += packed.inputIds.length;
    real += tokens;
  }
  expect(computed / real).toBeLessThan(1.03);
});

test('tight rows of one post are as long as it', () => {
  expect(packTightly([new Int32Array(17).fill(9)], 1000)).toMatchObject({ rows: 1, rowLength: 17 });
});

test('tight rows are no longer where attention is dearer', () => {
  fc.assert(
    fc.property(sequences, (given) => {
      const rowLength = (attentionColumns: number): number => packTightly(given, attentionColumns).rowLength;
      expect(rowLength(50)).toBeLessThanOrEqual(rowLength(500));
      expect(rowLength(500)).toBeLessThanOrEqual(rowLength(1e6));
    }),
  );
});

test('in long rows every sequence stands as it would alone in the blocks of 256 columns that products are summed by', () => {
  const any = fc.array(
    fc.integer({ min: 1, max: 512 }).map((length) => new Int32Array(length).fill(9)),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(any, fc.boolean(), (given, tightly) => {
      const { firstTokens, rowLength } = tightly ? packTightly(given, 1000) : pack(given, 512);
      given.forEach(({ length }, i) => {
        const column = firstTokens[i]! % rowLength;
        expect(column % 256 === 0 || Math.floor(column / 256) === Math.floor((column + length - 1) / 256)).toBe(true);
      });
    }),
  );
});

test.each([0, ROW + 1])('a sequence of %i tokens is refused', (length) => {
  expect(() => pack([new Int32Array(length)], ROW)).toThrow(`a sequence of ${length} tokens does not fit rows of 32`);
});
