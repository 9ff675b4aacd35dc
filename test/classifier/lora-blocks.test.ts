import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loraBlocks, type AdapterSpans } from '../../src/classifier/lora-blocks.ts';

/** Sequences one after the other, each of one of the adapters, with padding here and there. */
const batches = fc
  .array(fc.record({ slot: fc.nat(6), length: fc.integer({ min: 2, max: 70 }), gap: fc.nat(5) }), { minLength: 1 })
  .map((sequences) => {
    let tokens = 0;
    const placed = sequences.map(({ slot, length, gap }) => {
      const start = tokens;
      tokens += length + gap;
      return { slot, start, length };
    });
    const adapters: AdapterSpans[] = [...Map.groupBy(placed, ({ slot }) => slot)].map(([slot, spans]) => ({
      slot,
      spans,
    }));
    return { placed, adapters, tokens };
  });

test('every token stands in a block of its own adapter, where its place says', () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(1, 8, 64), ({ placed, adapters, tokens }, rank) => {
      const { width, blockAdapter, blockTokens, tokenPlaces } = loraBlocks(adapters, tokens, rank);
      expect(blockTokens).toHaveLength(blockAdapter.length * width);
      expect(tokenPlaces).toHaveLength(tokens);
      const taken = new Set<number>();
      for (const { slot, start, length } of placed) {
        for (let token = start; token < start + length; token += 1) {
          const place = tokenPlaces[token]!;
          expect(taken.has(place)).toBe(false);
          taken.add(place);
          expect(blockTokens[place]).toBe(token);
          expect(blockAdapter[Math.floor(place / width)]).toBe(slot);
        }
      }
      // Padding reads a product that exists.
      for (const place of tokenPlaces) expect(place).toBeLessThan(blockTokens.length);
      for (const token of blockTokens) expect(token).toBeLessThan(tokens);
    }),
  );
});

test('many small adapters get narrow blocks, one large adapter wide ones', () => {
  const many = Array.from({ length: 40 }, (_, slot) => ({ slot, spans: [{ start: 24 * slot, length: 24 }] }));
  expect(loraBlocks(many, 960, 8).width).toBeLessThanOrEqual(32);
  expect(loraBlocks([{ slot: 0, spans: [{ start: 0, length: 960 }] }], 960, 64).width).toBe(128);
});
