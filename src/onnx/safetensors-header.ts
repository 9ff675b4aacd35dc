/**
 * The header of a safetensors file (github.com/huggingface/safetensors): the tensors' types, shapes and places.
 * Pure: bytes in, layout out, each malformed header refused by the name of its file and tensor.
 */

import { EvenkeelError } from '../runtime/errors.ts';

/** Bytes a value takes. In the order of the reference implementation, which writes wider types first. */
export const DTYPE_SIZES = {
  U64: 8,
  I64: 8,
  F64: 8,
  F32: 4,
  U32: 4,
  I32: 4,
  BF16: 2,
  F16: 2,
  U16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof DTYPE_SIZES;

/** Where one tensor lies: bytes [start, end) of the data that follows the header. */
export interface TensorPlace {
  name: string;
  dtype: Dtype;
  shape: number[];
  start: number;
  end: number;
}

export interface Header {
  /** In the order of their data. */
  places: TensorPlace[];
  metadata: Map<string, string>;
}

/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/** Length of the JSON header from the first 8 bytes of a file of `fileSize` bytes. */
export function headerLength(file: string, prefix: Uint8Array, fileSize: number): number {
  if (prefix.length < 8) throw malformed(file, `it has ${fileSize} bytes, expected at least 8 for the header's length`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw malformed(file, `its header claims ${length} bytes, expected at most ${MAX_HEADER_BYTES}`);
  if (Number(length) > fileSize - 8)
    throw malformed(file, `its header claims ${length} bytes, but only ${fileSize - 8} follow: the file is truncated`);
  return Number(length);
}

/** Reads and checks the JSON header. `dataSize`: how many bytes follow it; the tensors must fill them exactly. */
export function parseHeader(file: string, json: Uint8Array, dataSize: number): Header {
  const fields = parseObject(file, json);
  const places: TensorPlace[] = [];
  let metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    if (name === '__metadata__') metadata = parseMetadata(file, value);
    else places.push(parsePlace(file, name, value));
  }
  places.sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(file, places, dataSize);
  return { places, metadata };
}

/** Deterministic header bytes for tensors laid out one after another, padded with spaces to a multiple of 8. */
export function formatHeader(places: readonly TensorPlace[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const fields: string[] = [];
  if (metadata.size > 0) {
    const entries = [...metadata].sort((a, b) => compareBytes(a[0], b[0]));
    fields.push(
      `"__metadata__":{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`,
    );
  }
  for (const { name, dtype, shape, start, end } of places)
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join()}],"data_offsets":[${start},${end}]}`,
    );
  const json = new TextEncoder().encode(`{${fields.join()}}`);
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return header;
}

/** Orders names as the reference implementation does: by their UTF-8 bytes. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Number of values of a shape; a scalar's is 1. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function parseObject(file: string, json: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    if (!text.startsWith('{')) throw new SyntaxError(`it starts with ${JSON.stringify(text.slice(0, 1))}`);
    parsed = JSON.parse(text);
  } catch (error) {
    throw malformed(file, `its header is not a JSON object (${(error as Error).message})`);
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw malformed(file, `its header has the key ${JSON.stringify(repeated)} twice`);
  return parsed as Record<string, unknown>;
}

/** The first key that one object of a valid JSON text has twice: JSON.parse keeps the last and says nothing. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, key] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (key !== undefined) {
      const name = JSON.parse(key) as string;
      const keys = open.at(-1)!;
      if (keys.has(name)) return name;
      keys.add(name);
    }
  }
  return undefined;
}

function parseMetadata(file: string, value: unknown): Map<string, string> {
  if (!isRecord(value))
    throw malformed(file, `its __metadata__ is ${JSON.stringify(value)}, expected an object of strings`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string')
      throw malformed(
        file,
        `its __metadata__ has ${JSON.stringify(text)} at ${JSON.stringify(key)}, expected a string`,
      );
  return new Map(Object.entries(value as Record<string, string>));
}

function parsePlace(file: string, name: string, value: unknown): TensorPlace {
  const wrong = (what: string) => malformed(file, `tensor ${JSON.stringify(name)} ${what}`);
  if (!isRecord(value))
    throw wrong(`is ${JSON.stringify(value)}, expected an object with dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_SIZES, dtype))
    throw wrong(`has dtype ${JSON.stringify(dtype)}, expected one of ${Object.keys(DTYPE_SIZES).join(', ')}`);
  if (!isSizes(shape)) throw wrong(`has shape ${JSON.stringify(shape)}, expected a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw wrong(`has data_offsets ${JSON.stringify(offsets)}, expected [start, end]`);
  const [start, end] = offsets as [number, number];
  const bytes = valueCount(shape) * DTYPE_SIZES[dtype as Dtype];
  if (end - start !== bytes)
    throw wrong(`(${dtype} [${shape.join(', ')}]) lies in ${end - start} bytes, expected ${bytes}`);
  return { name, dtype: dtype as Dtype, shape, start, end };
}

/** Tensors must follow one another without overlap or hole and fill the file: so no byte is read twice or smuggled in. */
function checkCoverage(file: string, places: readonly TensorPlace[], dataSize: number): void {
  let position = 0;
  for (const { name, start, end } of places) {
    if (start !== position)
      throw malformed(
        file,
        `tensor ${JSON.stringify(name)} starts at byte ${start} of the data, expected ${position} (${start < position ? 'tensors overlap' : 'a hole'})`,
      );
    if (end > dataSize)
      throw malformed(
        file,
        `tensor ${JSON.stringify(name)} ends at byte ${end} of the data, but there are only ${dataSize}: the file is truncated`,
      );
    position = end;
  }
  if (position !== dataSize)
    throw malformed(file, `its tensors take ${position} bytes, but ${dataSize} follow the header`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function malformed(file: string, what: string): Error {
  return new EvenkeelError('model', `${file} is not a valid safetensors file: ${what}.`, {
    hint: 'Get the file anew.',
  });
}
