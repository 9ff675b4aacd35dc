import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSeal } from '../../src/store/seal.ts';

const row = { channel: 7, message: 'm1', revision: 0 };

test('any text opens as it was sealed, lone surrogates as U+FFFD', () => {
  const seal = createSeal([randomBytes(32)]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(seal.open(seal.seal(text, row), row)).toBe(text.toWellFormed());
    }),
  );
  expect(seal.open(seal.seal('a\uD800b', row), row)).toBe('a\uFFFDb');
});

test('the same text is sealed differently each time', () => {
  const seal = createSeal([randomBytes(32)]);
  expect(seal.seal('same', row)).not.toEqual(seal.seal('same', row));
});

test('a changed byte anywhere keeps a text from opening', () => {
  const seal = createSeal([randomBytes(32)]);
  const sealed = seal.seal('left alone', row);
  for (let place = 0; place < sealed.length; place += 1) {
    const changed = Buffer.from(sealed);
    changed[place]! ^= 1;
    expect(() => seal.open(changed, row)).toThrow('does not open');
  }
  expect(() => seal.open(sealed.subarray(0, 5), row)).toThrow('does not open');
});

test.each([
  { ...row, channel: 8 },
  { ...row, message: 'm2' },
  { ...row, revision: 1 },
])('a text that was moved to another row does not open: %j', (other) => {
  const seal = createSeal([randomBytes(32)]);
  expect(() => seal.open(seal.seal('mine', row), other)).toThrow('does not open');
});

test('after a rotation new texts are sealed with the new key and old ones still open', () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const before = createSeal([older]).seal('from before', row);
  const rotated = createSeal([newer, older]);
  expect(rotated.open(before, row)).toBe('from before');
  expect(createSeal([newer]).open(rotated.seal('since', row), row)).toBe('since');
  expect(() => createSeal([newer]).open(before, row)).toThrow('does not open');
});

test('a key of another length than 32 bytes is refused', () => {
  expect(() => createSeal([randomBytes(16)])).toThrow('16 bytes');
});
