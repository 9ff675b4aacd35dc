/**
 * The part of protobuf's wire format that ONNX needs: varints, 32-bit floats and length-delimited fields
 * (protobuf.dev/programming-guides/encoding). Field numbers and meaning are `model-proto.ts`'s business.
 */

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

export class ProtoWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  int(field: number, value: number | bigint): this {
    this.#varint((field << 3) | VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint((field << 3) | FIXED32);
    const start = this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(start, value, true);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint((field << 3) | DELIMITED);
    this.#varint(value.length);
    const start = this.#reserve(value.length);
    this.#bytes.set(value, start);
    return this;
  }

  message(field: number, write: (writer: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #varint(value: number | bigint): void {
    // Negative int64 values take ten bytes, as two's complement.
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(value: number): void {
    const start = this.#reserve(1);
    this.#bytes[start] = value;
  }

  /** Where the next `count` bytes go; may replace the buffer. */
  #reserve(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return start;
  }
}

/** One field as it was read: a varint as bigint, everything else as its bytes. */
export interface ProtoField {
  number: number;
  value: bigint | Uint8Array;
}

/** Walks a message's fields in order. Throws a RangeError naming the offset where the bytes are not protobuf. */
export function* readFields(bytes: Uint8Array): Generator<ProtoField> {
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[offset];
      if (byte === undefined) throw new RangeError(`protobuf ends inside a varint at byte ${offset}`);
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError(`protobuf varint longer than ten bytes at byte ${offset}`);
  };
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - offset) {
      throw new RangeError(`protobuf field of ${count} bytes at byte ${offset} runs past the end`);
    }
    const part = bytes.subarray(offset, offset + count);
    offset += count;
    return part;
  };
  while (offset < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === VARINT) yield { number: tag >>> 3, value: varint() };
    else if (wire === DELIMITED) yield { number: tag >>> 3, value: take(Number(varint())) };
    else if (wire === FIXED32) yield { number: tag >>> 3, value: take(4) };
    else if (wire === FIXED64) yield { number: tag >>> 3, value: take(8) };
    else throw new RangeError(`protobuf wire type ${wire} at byte ${offset} is not supported`);
  }
}

/** Repeated integers, packed or not. */
export function readInts(value: bigint | Uint8Array): number[] {
  if (typeof value === 'bigint') return [Number(BigInt.asIntN(64, value))];
  const wrapped: number[] = [];
  let current = 0n;
  let shift = 0n;
  for (const byte of value) {
    current |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      wrapped.push(Number(BigInt.asIntN(64, current)));
      current = 0n;
      shift = 0n;
    }
  }
  return wrapped;
}
