import { open } from 'node:fs/promises';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { floatsFromBfloats, floatsFromHalves, halvesFromFloats } from './float-formats.ts';
import {
  compareBytes,
  DTYPE_SIZES,
  formatHeader,
  headerLength,
  parseHeader,
  valueCount,
} from './safetensors-header.ts';
import type { Dtype, TensorPlace } from './safetensors-header.ts';

export type { Dtype } from './safetensors-header.ts';

/** One tensor as it lies in a file: row-major, little-endian. */
export interface SafeTensor {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array;
}

/** No single read is larger: Node refuses reads of 2 GiB and more. */
const MAX_READ_BYTES = 2 ** 30;

/**
 * All tensors of a safetensors file, by name, in the order of their data.
 * Each has its own memory, so that one can be dropped while others stay.
 * Throws for a file that is missing or malformed, naming the file, the tensor and what was expected.
 */
export async function readSafetensors(path: string): Promise<Map<string, SafeTensor>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (start: number, length: number) => {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const step = Math.min(length - done, MAX_READ_BYTES);
        const { bytesRead } = await file.read(bytes, done, step, start + done);
        if (bytesRead === 0) throw new Error(`${path} became shorter while it was read. Read it again.`);
        done += bytesRead;
      }
      return bytes;
    };
    const length = headerLength(path, await read(0, Math.min(8, size)), size);
    const { places } = parseHeader(path, await read(8, length), size - 8 - length);
    const tensors = new Map<string, SafeTensor>();
    for (const { name, dtype, shape, start, end } of places)
      tensors.set(name, { dtype, shape, bytes: await read(8 + length + start, end - start) });
    return tensors;
  } finally {
    await file.close();
  }
}

/** As `readSafetensors`, from bytes in memory: the tensors are views of them. `name` is what errors call the file. */
export function parseSafetensors(bytes: Uint8Array, name = 'the data'): Map<string, SafeTensor> {
  const length = headerLength(name, bytes.subarray(0, 8), bytes.length);
  const data = bytes.subarray(8 + length);
  const { places } = parseHeader(name, bytes.subarray(8, 8 + length), data.length);
  return new Map(
    places.map((place) => [
      place.name,
      { dtype: place.dtype, shape: place.shape, bytes: data.subarray(place.start, place.end) },
    ]),
  );
}

/** The free text fields (`__metadata__`) of a file, such as `format: pt`. */
export async function readSafetensorsMetadata(path: string): Promise<Map<string, string>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const prefix = new Uint8Array(Math.min(8, size));
    await file.read(prefix, 0, prefix.length, 0);
    const length = headerLength(path, prefix, size);
    const json = new Uint8Array(length);
    await file.read(json, 0, length, 8);
    return parseHeader(path, json, size - 8 - length).metadata;
  } finally {
    await file.close();
  }
}

/** Writes tensors to a file, whole or not at all; equal tensors give equal bytes, those of the reference implementation. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, safetensorsChunks(tensors, metadata));
}

/** The bytes of a file, in pieces: the header, then each tensor. */
export function safetensorsChunks(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const order = Object.keys(DTYPE_SIZES);
  const sorted = [...tensors].sort(
    ([a, { dtype: x }], [b, { dtype: y }]) => order.indexOf(x) - order.indexOf(y) || compareBytes(a, b),
  );
  const places: TensorPlace[] = [];
  let position = 0;
  for (const [name, { dtype, shape, bytes }] of sorted) {
    const expected = valueCount(shape) * DTYPE_SIZES[dtype];
    if (bytes.length !== expected)
      throw new Error(
        `Tensor ${name} (${dtype} [${shape.join(', ')}]) has ${bytes.length} bytes, expected ${expected}.`,
      );
    places.push({ name, dtype, shape, start: position, end: position + expected });
    position += expected;
  }
  return [formatHeader(places, new Map(Object.entries(metadata))), ...sorted.map(([, { bytes }]) => bytes)];
}

/** A tensor's values as float32: F16, BF16 and F32 exactly, F64 rounded. An F32 tensor's are a view where memory allows it. */
export function toFloat32(tensor: SafeTensor): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(tensor);
  switch (tensor.dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F16':
      return floatsFromHalves(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'BF16':
      return floatsFromBfloats(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    default:
      throw new Error(
        `A tensor of type ${tensor.dtype} was found where floating point (F32, F16, BF16, F64) was expected.`,
      );
  }
}

/**
 * Float32 values as a tensor. F32 shares the values' memory; F16 rounds to nearest even and throws where a finite value
 * is too large for it (beyond 65,504).
 */
export function floatTensor(values: Float32Array, shape: number[], dtype: 'F32' | 'F16' = 'F32'): SafeTensor {
  if (values.length !== valueCount(shape))
    throw new Error(`${values.length} values do not make a tensor of shape [${shape.join(', ')}].`);
  if (dtype === 'F32')
    return { dtype, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
  const halves = halvesFromFloats(values);
  const lost = halves.findIndex((half, i) => (half & 0x7fff) === 0x7c00 && Number.isFinite(values[i]));
  if (lost >= 0) throw new Error(`The value ${values[lost]} does not fit F16 (at most 65,504): write F32.`);
  return { dtype, shape, bytes: new Uint8Array(halves.buffer) };
}

/** The same bytes, copied only where a typed array could not start at their offset. */
function aligned({ dtype, bytes }: SafeTensor): Uint8Array<ArrayBuffer> {
  const view = bytes as Uint8Array<ArrayBuffer>;
  return view.byteOffset % DTYPE_SIZES[dtype] === 0 ? view : view.slice();
}
