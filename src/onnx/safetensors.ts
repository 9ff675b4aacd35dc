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

export type { Dtype, TensorPlace } from './safetensors-header.ts';

/** One tensor as it lies in a file: row-major, little-endian. */
export interface SafeTensor {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array;
}

/** No single read is larger: Node refuses reads of 2 GiB and more. */
const MAX_READ_BYTES = 2 ** 30;

/** 16-bit values are widened in pieces of so many bytes, so that a large tensor is never in memory twice. */
const WIDENED_BYTES = 2 ** 22;

/** An open safetensors file: its header is read and checked, its tensors are read when they are asked for. */
export interface SafetensorsFile {
  /** By name, in the order of their data. */
  places: ReadonlyMap<string, TensorPlace>;
  /** Where in the file the data starts that places count in. */
  dataStart: number;
  /** The free text fields (`__metadata__`), such as `format: pt`. */
  metadata: ReadonlyMap<string, string>;
  /** A tensor's bytes, in memory of their own. */
  read(place: TensorPlace): Promise<Uint8Array>;
  /** A tensor of type F32, F16, BF16 or F64 as float32, in shared memory: worker threads take it without a copy. */
  readFloats(place: TensorPlace): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Throws for a file that is missing or malformed, naming the file, the tensor and what was expected. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path);
  const fill = async (bytes: Uint8Array, start: number): Promise<void> => {
    for (let done = 0; done < bytes.length;) {
      const step = Math.min(bytes.length - done, MAX_READ_BYTES);
      const { bytesRead } = await file.read(bytes, done, step, start + done);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read. Read it again.`);
      done += bytesRead;
    }
  };
  try {
    const { size } = await file.stat();
    const prefix = new Uint8Array(Math.min(8, size));
    await fill(prefix, 0);
    const json = new Uint8Array(headerLength(path, prefix, size));
    await fill(json, 8);
    const dataStart = 8 + json.length;
    const { places, metadata } = parseHeader(path, json, size - dataStart);
    const read = async ({ start, end }: TensorPlace): Promise<Uint8Array> => {
      const bytes = new Uint8Array(end - start);
      await fill(bytes, dataStart + start);
      return bytes;
    };
    const readFloats = async (place: TensorPlace): Promise<Float32Array> => {
      const { dtype, start, end } = place;
      const floats = new Float32Array(new SharedArrayBuffer(valueCount(place.shape) * 4));
      if (dtype === 'F32') {
        await fill(new Uint8Array(floats.buffer), dataStart + start);
        return floats;
      }
      const width = DTYPE_SIZES[dtype];
      for (let from = start; from < end; from += WIDENED_BYTES) {
        const bytes = await read({ ...place, start: from, end: Math.min(end, from + WIDENED_BYTES) });
        floats.set(toFloat32({ ...place, bytes }), (from - start) / width);
      }
      return floats;
    };
    return {
      places: new Map(places.map((each) => [each.name, each])),
      dataStart,
      metadata,
      read,
      readFloats,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * All tensors of a safetensors file, by name, in the order of their data.
 * Each has its own memory, so that one can be dropped while others stay.
 */
export async function readSafetensors(path: string): Promise<Map<string, SafeTensor>> {
  const file = await openSafetensors(path);
  try {
    const tensors = new Map<string, SafeTensor>();
    for (const [name, place] of file.places)
      tensors.set(name, { dtype: place.dtype, shape: place.shape, bytes: await file.read(place) });
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
export async function readSafetensorsMetadata(path: string): Promise<ReadonlyMap<string, string>> {
  const file = await openSafetensors(path);
  await file.close();
  return file.metadata;
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
