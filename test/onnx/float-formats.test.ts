import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { floatTensor, toFloat32, type Dtype, type SafeTensor } from '../../src/onnx/safetensors.ts';

describe('16-bit floats', () => {
  /** The value of a binary16 pattern, by the formula of IEEE 754. */
  const valueOfHalf = (bits: number) => {
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  };
  const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
  const tensor = (dtype: Dtype, words: Uint16Array): SafeTensor => ({
    dtype,
    shape: [words.length],
    bytes: new Uint8Array(words.buffer),
  });

  test('every F16 pattern reads as its value', () => {
    const floats = toFloat32(tensor('F16', patterns));
    for (let bits = 0; bits < 65_536; bits++)
      if (!Object.is(floats[bits], valueOfHalf(bits))) expect([bits, floats[bits]]).toEqual([bits, valueOfHalf(bits)]);
  });

  test('every F16 pattern that is a number is written back as itself', () => {
    const finite = patterns.filter((bits) => (bits & 0x7c00) !== 0x7c00);
    const { bytes } = floatTensor(toFloat32(tensor('F16', finite)), [finite.length], 'F16');
    expect(new Uint16Array(bytes.buffer)).toEqual(finite);
  });

  test('F16 rounds to nearest, ties to even, as Float16Array does', () => {
    const value = fc.oneof(
      fc.float({ min: -65_519, max: 65_519, noNaN: true }),
      fc.float({ min: Math.fround(-1e-4), max: Math.fround(1e-4), noNaN: true }),
      fc.tuple(fc.nat(0x7bfe), fc.boolean()).map(([bits, up]) => {
        const middle = (valueOfHalf(bits) + valueOfHalf(bits + 1)) / 2;
        return up ? middle : -middle;
      }),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const { bytes } = floatTensor(Float32Array.from(values), [values.length], 'F16');
        expect(new Uint16Array(bytes.buffer)).toEqual(
          new Uint16Array(new Float16Array(Float32Array.from(values)).buffer),
        );
      }),
    );
  });

  test('a value beyond F16 is refused rather than written as infinity', () => {
    expect(() => floatTensor(Float32Array.of(1, 70_000), [2], 'F16')).toThrow('The value 70000 does not fit F16');
    expect(toFloat32(floatTensor(Float32Array.of(-Infinity, NaN), [2], 'F16'))).toEqual(
      Float32Array.of(-Infinity, NaN),
    );
  });

  test('every BF16 pattern reads as the upper half of a float32', () => {
    const floats = toFloat32(tensor('BF16', patterns));
    const words = new Uint16Array(floats.buffer);
    for (let bits = 0; bits < 65_536; bits++)
      if (words[2 * bits + 1] !== bits || words[2 * bits] !== 0) expect(words[2 * bits + 1]).toBe(bits);
    expect(toFloat32({ dtype: 'BF16', shape: [], bytes: Uint8Array.of(0x49, 0x40) })[0]).toBe(3.140625);
  });

  test('floats are read from any offset and other types are refused by name', () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    expect(toFloat32({ dtype: 'F32', shape: [2], bytes: bytes.subarray(1) })).toEqual(Float32Array.of(1.5, -2));
    expect(() => toFloat32({ dtype: 'I64', shape: [1], bytes: new Uint8Array(8) })).toThrow('type I64 was found where');
  });
});
