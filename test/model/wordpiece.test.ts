import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { wordPieces } from '../../src/model/wordpiece.ts';

const TOKENS = ['?', 'a', 'b', 'ab', 'abc', '##a', '##b', '##bc', '##bca', '𐌰', '##𐌰'];
const settings = {
  vocabulary: new Map(TOKENS.map((token, id) => [token, id])),
  unknownId: 0,
  continuingPrefix: '##',
  maxWordLength: 6,
};
const pieces = wordPieces(settings);
const tokens = (word: string) => pieces(word).map((id) => TOKENS[id]);

describe('WordPiece', () => {
  test('takes the longest piece at each place', () => {
    expect(tokens('abca')).toEqual(['abc', '##a']);
    expect(tokens('babca')).toEqual(['b', '##a', '##bca']);
  });
  test('gives up the whole word where no piece fits', () => {
    expect(tokens('abcc')).toEqual(['?']);
    expect(tokens('cab')).toEqual(['?']);
  });
  test('counts code points, not UTF-16 units, in a word that may be too long', () => {
    expect(tokens('aaaaaa')).toEqual(['a', '##a', '##a', '##a', '##a', '##a']);
    expect(tokens('aaaaaaa')).toEqual(['?']);
    expect(tokens('𐌰𐌰𐌰𐌰𐌰𐌰')).toHaveLength(6);
    expect(tokens('𐌰𐌰𐌰𐌰𐌰𐌰𐌰')).toEqual(['?']);
  });
  test('gives the same pieces whatever it remembers', () => {
    const forgetful = wordPieces({ ...settings, cachedWords: 2 });
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '𐌰'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        for (const one of words) expect(forgetful(one)).toEqual(wordPieces(settings)(one));
      }),
    );
  });
});
