import { halvesFromFloats } from './float-formats.ts';

/** ONNX element types that this project uses, with TensorProto.DataType's own numbers (onnx.proto3). */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
export type DataType = keyof typeof DATA_TYPES;

export type TensorData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array | Uint16Array;

/** A dense row-major array. float16 is carried as its bits in a Uint16Array, bool as 0/1 in a Uint8Array. */
export interface Tensor {
  type: DataType;
  shape: readonly number[];
  data: TensorData;
}

/** A tensor that stays in its file: bytes [offset, offset + length) of `file`, a name inside a folder that its user knows. */
export interface StoredTensor {
  type: DataType;
  shape: readonly number[];
  stored: { file: string; offset: number; length: number };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

export function float32(shape: readonly number[], data?: Float32Array | number[]): Tensor {
  return checked({
    type: 'float32',
    shape,
    data: data instanceof Float32Array ? data : Float32Array.from(data ?? emptyOf(shape)),
  });
}

export function int32(shape: readonly number[], data: Int32Array | number[]): Tensor {
  return checked({
    type: 'int32',
    shape,
    data: data instanceof Int32Array ? data : Int32Array.from(data),
  });
}

export function uint8(shape: readonly number[], data: Uint8Array | number[]): Tensor {
  return checked({ type: 'uint8', shape, data: Uint8Array.from(data) });
}

/** Rounded to nearest; what is beyond 65,504 becomes infinite. */
export function float16(shape: readonly number[], data: Float32Array | readonly number[]): Tensor {
  return checked({ type: 'float16', shape, data: halvesFromFloats(Float32Array.from(data)) });
}

export function int64(shape: readonly number[], data: readonly number[]): Tensor {
  return checked({ type: 'int64', shape, data: BigInt64Array.from(data.map(BigInt)) });
}

/** The tensor's bytes without a copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function emptyOf(shape: readonly number[]): Float32Array {
  return new Float32Array(sizeOf(shape));
}

function checked(tensor: Tensor): Tensor {
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw new RangeError(
      `a ${tensor.type} tensor of shape [${tensor.shape.join(', ')}] holds ${sizeOf(tensor.shape)} values, ` +
        `${tensor.data.length} were given`,
    );
  }
  return tensor;
}
