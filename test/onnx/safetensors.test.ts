import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { DTYPE_SIZES, valueCount } from '../../src/onnx/safetensors-header.ts';
import type { Dtype } from '../../src/onnx/safetensors-header.ts';
import {
  floatTensor,
  parseSafetensors,
  readSafetensors,
  readSafetensorsMetadata,
  safetensorsChunks,
  toFloat32,
  writeSafetensors,
} from '../../src/onnx/safetensors.ts';
import type { SafeTensor } from '../../src/onnx/safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});

/** A file of a header given as text and some zero bytes of data. */
function fileOf(header: string, dataSize: number): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataSize)]);
}

const anyTensor: fc.Arbitrary<SafeTensor> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(DTYPE_SIZES) as Dtype[])),
    fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
  )
  .chain(([dtype, shape]) => {
    const size = valueCount(shape) * DTYPE_SIZES[dtype];
    return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => ({ dtype, shape, bytes }));
  });

const anyName = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__');
const anyTensors = fc.array(fc.tuple(anyName, anyTensor), { maxLength: 6 }).map((entries) => new Map(entries));

describe('what is written is read back', () => {
  test('any tensors of any type, shape and name survive a round trip through bytes', () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const read = parseSafetensors(Buffer.concat(safetensorsChunks(tensors, { format: 'pt' })));
        expect(read.size).toBe(tensors.size);
        for (const [name, { dtype, shape, bytes }] of tensors) {
          const found = read.get(name)!;
          expect(found).toMatchObject({ dtype, shape });
          expect(Buffer.compare(found.bytes, bytes)).toBe(0);
        }
      }),
    );
  });

  test('the bytes do not depend on the order in which tensors were given', () => {
    fc.assert(
      fc.property(anyTensors, (tensors) => {
        const turned = new Map([...tensors].reverse());
        expect(Buffer.concat(safetensorsChunks(turned))).toEqual(Buffer.concat(safetensorsChunks(tensors)));
      }),
    );
  });

  test('a file keeps its tensors and metadata, and leaves no temporary file', async () => {
    const path = join(folder, 'kept.safetensors');
    const tensors = new Map([['weight', floatTensor(Float32Array.of(1, -2.5, 3), [3])]]);
    await writeSafetensors(path, tensors, { format: 'pt' });
    await writeSafetensors(path, tensors, { format: 'pt', b: '2', a: '1' });
    const read = await readSafetensors(path);
    expect(toFloat32(read.get('weight')!)).toEqual(Float32Array.of(1, -2.5, 3));
    expect([...(await readSafetensorsMetadata(path))]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['format', 'pt'],
    ]);
    expect((await readdir(folder)).filter((name) => name.includes('kept'))).toEqual(['kept.safetensors']);
  });

  test('tensors are rejected when their bytes do not fill their shape', () => {
    const tensor: SafeTensor = { dtype: 'F32', shape: [2, 3], bytes: new Uint8Array(20) };
    expect(() => safetensorsChunks(new Map([['w', tensor]]))).toThrow(
      'Tensor w (F32 [2, 3]) has 20 bytes, expected 24.',
    );
  });
});

describe('malformed files are refused by name', () => {
  const tensor = (fields: string) => `{"w":{${fields}}}`;
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /it has 0 bytes, expected at least 8/],
    [
      'a header longer than 100 MB',
      Buffer.from([0, 0, 0, 0, 1, 0, 0, 0, 123]),
      /claims 4294967296 bytes, expected at most 100000000/,
    ],
    ['a header longer than the file', Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 123]), /claims 9 bytes, but only 1 follow/],
    ['a header that is not JSON', fileOf('{"w":', 0), /not a JSON object/],
    ['a header that is JSON but no object', fileOf('["w"]', 0), /not a JSON object/],
    [
      'a header that is not UTF-8',
      Buffer.concat([fileOf('{}', 0).subarray(0, 8), Buffer.from([0x7b, 0xff])]),
      /not a JSON object/,
    ],
    ['a header that starts with a space', fileOf(' {}', 0), /starts with " "/],
    [
      'a tensor named twice',
      fileOf(
        '{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0077":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      /has the key "w" twice/,
    ],
    [
      'a field named twice',
      fileOf(tensor('"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]'), 0),
      /has the key "dtype" twice/,
    ],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}', 0), /__metadata__ has 1 at "a", expected a string/],
    ['a tensor that is no object', fileOf('{"w":[1]}', 0), /tensor "w" is \[1\], expected an object/],
    [
      'an unknown type',
      fileOf(tensor('"dtype":"F7","shape":[0],"data_offsets":[0,0]'), 0),
      /tensor "w" has dtype "F7", expected one of .*F32/,
    ],
    [
      'a type named as a property of every object',
      fileOf(tensor('"dtype":"toString","shape":[0],"data_offsets":[0,0]'), 0),
      /has dtype "toString"/,
    ],
    ['a negative size', fileOf(tensor('"dtype":"U8","shape":[-1],"data_offsets":[0,0]'), 0), /has shape \[-1\]/],
    [
      'offsets in the wrong order',
      fileOf(tensor('"dtype":"U8","shape":[1],"data_offsets":[1,0]'), 1),
      /has data_offsets \[1,0\], expected/,
    ],
    [
      'fewer bytes than the shape needs',
      fileOf(tensor('"dtype":"F32","shape":[2,3],"data_offsets":[0,20]'), 20),
      /tensor "w" \(F32 \[2, 3\]\) lies in 20 bytes, expected 24/,
    ],
    [
      'a shape whose size overflows',
      fileOf(tensor('"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]'), 0),
      /lies in 0 bytes, expected/,
    ],
    [
      'truncated data',
      fileOf(tensor('"dtype":"F32","shape":[2],"data_offsets":[0,8]'), 7),
      /tensor "w" ends at byte 8 of the data, but there are only 7: the file is truncated/,
    ],
    [
      'bytes after the last tensor',
      fileOf(tensor('"dtype":"F32","shape":[2],"data_offsets":[0,8]'), 9),
      /take 8 bytes, but 9 follow/,
    ],
    [
      'a hole between tensors',
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
        3,
      ),
      /tensor "b" starts at byte 2 of the data, expected 1 \(a hole\)/,
    ],
    [
      'tensors that overlap',
      fileOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        3,
      ),
      /tensor "b" starts at byte 1 of the data, expected 2 \(tensors overlap\)/,
    ],
  ];
  test.each(cases)('%s', async (_, bytes, message) => {
    const path = join(folder, 'malformed.safetensors');
    await writeFile(path, bytes);
    await expect(readSafetensors(path)).rejects.toThrow(message);
    await expect(readSafetensors(path)).rejects.toThrow(path);
    expect(() => parseSafetensors(bytes, 'these bytes')).toThrow(message);
  });

  test('a file cut anywhere is refused, never read in part', () => {
    const whole = Buffer.concat(
      safetensorsChunks(
        new Map([
          ['w', floatTensor(Float32Array.of(1, 2), [2])],
          ['v', floatTensor(Float32Array.of(3), [1])],
        ]),
      ),
    );
    for (let length = 0; length < whole.length; length++)
      expect(() => parseSafetensors(whole.subarray(0, length), 'cut')).toThrow(/cut is not a valid safetensors file/);
  });

  test('a byte changed anywhere gives other tensors or an error that names the file, never a crash', () => {
    const whole = Buffer.concat(safetensorsChunks(new Map([['w', floatTensor(Float32Array.of(1, 2), [2])]])));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          parseSafetensors(changed, 'the changed file');
        } catch (error) {
          expect((error as Error).message).toContain('the changed file is not a valid safetensors file');
        }
      }),
    );
  });
});

test('a file the Python package wrote is read, and written again byte for byte', async () => {
  const path = new URL('../fixtures/safetensors/reference.safetensors', import.meta.url).pathname;
  const bytes = await readFile(path);
  const tensors = await readSafetensors(path);
  expect(
    Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, `${dtype} ${shape.join('x')}`])),
  ).toEqual({
    'a.f64': 'F64 2',
    'a.i64': 'I64 3',
    'b.scalar': 'F32 ',
    'größe.f32': 'F32 2x3',
    'z.i32': 'I32 2',
    'a.bf16': 'BF16 4',
    'b.f16': 'F16 4',
    'c.i16': 'I16 2',
    'a.bool': 'BOOL 3',
    'b.u8': 'U8 2',
    'c.i8': 'I8 2',
    'empty.f32': 'F32 0x4',
  });
  expect(toFloat32(tensors.get('größe.f32')!)).toEqual(Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5));
  expect(toFloat32(tensors.get('b.f16')!)).toEqual(Float32Array.of(0, 1, -2, 65_504));
  expect(toFloat32(tensors.get('a.bf16')!)).toEqual(Float32Array.of(0, 1, -2, 3.140625));
  expect(toFloat32(tensors.get('a.f64')!)).toEqual(Float32Array.of(0.1, -3));
  const metadata = Object.fromEntries(await readSafetensorsMetadata(path));
  expect(Buffer.concat(safetensorsChunks(tensors, metadata))).toEqual(bytes);
});
