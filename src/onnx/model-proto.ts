import { ProtoWriter, readFields, readInts } from './protobuf.ts';
import { DATA_TYPES, type DataType } from './tensor.ts';

/** A dimension: a size, or the name of one that is known only when the model runs. */
export type Dim = number | string;

export type Attribute = number | string | readonly number[] | { float: number };

export interface NodeProto {
  name: string;
  op: string;
  domain: string;
  /** Empty names stand for optional inputs left out. */
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

export interface ValueInfo {
  name: string;
  type: DataType;
  shape: readonly Dim[];
}

export interface Initializer {
  name: string;
  type: DataType;
  shape: readonly number[];
  /** The bytes themselves, or where they are: a file (or a buffer registered under that path) of external data. */
  data: Uint8Array | { location: string; offset: number; length: number };
}

export interface ModelProto {
  irVersion: number;
  producer: string;
  opsets: { domain: string; version: number }[];
  graph: {
    name: string;
    nodes: NodeProto[];
    inputs: ValueInfo[];
    outputs: ValueInfo[];
    initializers: Initializer[];
  };
}

/** ModelProto bytes, field numbers as in onnx/onnx.proto3. */
export function encodeModel(model: ModelProto): Uint8Array {
  const out = new ProtoWriter().int(1, model.irVersion).string(2, model.producer);
  out.message(7, (graph) => {
    for (const node of model.graph.nodes) graph.message(1, (w) => writeNode(w, node));
    graph.string(2, model.graph.name);
    for (const tensor of model.graph.initializers) graph.message(5, (w) => writeTensor(w, tensor));
    for (const value of model.graph.inputs) graph.message(11, (w) => writeValueInfo(w, value));
    for (const value of model.graph.outputs) graph.message(12, (w) => writeValueInfo(w, value));
  });
  for (const opset of model.opsets) {
    out.message(8, (w) => w.string(1, opset.domain).int(2, opset.version));
  }
  return out.finish();
}

/** Reads what `encodeModel` writes and other exporters' models as far as they use the same fields; others are skipped. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const model: ModelProto = {
    irVersion: 0,
    producer: '',
    opsets: [],
    graph: { name: '', nodes: [], inputs: [], outputs: [], initializers: [] },
  };
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) model.irVersion = Number(value);
    else if (number === 2) model.producer = text(value);
    else if (number === 7) readGraph(message(value), model.graph);
    else if (number === 8) {
      const opset = { domain: '', version: 0 };
      for (const field of readFields(message(value))) {
        if (field.number === 1) opset.domain = text(field.value);
        if (field.number === 2) opset.version = Number(field.value);
      }
      model.opsets.push(opset);
    }
  }
  return model;
}

function writeNode(out: ProtoWriter, node: NodeProto): void {
  for (const input of node.inputs) out.string(1, input);
  for (const output of node.outputs) out.string(2, output);
  out.string(3, node.name).string(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    out.message(5, (w) => writeAttribute(w.string(1, name), attribute));
  }
  out.string(7, node.domain);
}

function writeAttribute(out: ProtoWriter, attribute: Attribute): void {
  if (typeof attribute === 'number') out.int(3, attribute).int(20, 2);
  else if (typeof attribute === 'string') out.string(4, attribute).int(20, 3);
  else if ('float' in attribute) out.float(2, attribute.float).int(20, 1);
  else {
    for (const value of attribute) out.int(8, value);
    out.int(20, 7);
  }
}

function writeTensor(out: ProtoWriter, tensor: Initializer): void {
  for (const dim of tensor.shape) out.int(1, dim);
  out.int(2, DATA_TYPES[tensor.type]).string(8, tensor.name);
  if (tensor.data instanceof Uint8Array) {
    out.bytes(9, tensor.data);
    return;
  }
  for (const [key, value] of Object.entries(tensor.data)) {
    out.message(13, (w) => w.string(1, key).string(2, String(value)));
  }
  out.int(14, 1);
}

function writeValueInfo(out: ProtoWriter, value: ValueInfo): void {
  out.string(1, value.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, DATA_TYPES[value.type]).message(2, (shape) => {
        for (const dim of value.shape) {
          shape.message(1, (w) => (typeof dim === 'number' ? w.int(1, dim) : w.string(2, dim)));
        }
      }),
    ),
  );
}

function readGraph(bytes: Uint8Array, graph: ModelProto['graph']): void {
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) graph.nodes.push(readNode(message(value)));
    else if (number === 2) graph.name = text(value);
    else if (number === 5) graph.initializers.push(readTensor(message(value)));
    else if (number === 11) graph.inputs.push(readValueInfo(message(value)));
    else if (number === 12) graph.outputs.push(readValueInfo(message(value)));
  }
}

function readNode(bytes: Uint8Array): NodeProto {
  const node: NodeProto = { name: '', op: '', domain: '', inputs: [], outputs: [], attributes: {} };
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) node.inputs.push(text(value));
    else if (number === 2) node.outputs.push(text(value));
    else if (number === 3) node.name = text(value);
    else if (number === 4) node.op = text(value);
    else if (number === 7) node.domain = text(value);
    else if (number === 5) {
      const [name, attribute] = readAttribute(message(value));
      node.attributes[name] = attribute;
    }
  }
  return node;
}

function readAttribute(bytes: Uint8Array): [string, Attribute] {
  let name = '';
  let attribute: Attribute = 0;
  const ints: number[] = [];
  let type = 0;
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) name = text(value);
    else if (number === 2) attribute = { float: floatOf(message(value)) };
    else if (number === 3) attribute = Number(BigInt.asIntN(64, value as bigint));
    else if (number === 4) attribute = text(value);
    else if (number === 8) ints.push(...readInts(value));
    else if (number === 20) type = Number(value);
  }
  return [name, type === 7 ? ints : attribute];
}

function readTensor(bytes: Uint8Array): Initializer {
  const shape: number[] = [];
  const external: Record<string, string> = {};
  let type: DataType = 'float32';
  let name = '';
  let raw: Uint8Array = new Uint8Array(0);
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) shape.push(...readInts(value));
    else if (number === 2) type = typeNamed(Number(value));
    else if (number === 8) name = text(value);
    else if (number === 9) raw = message(value);
    else if (number === 13) {
      const entry = new Map([...readFields(message(value))].map((f) => [f.number, text(f.value)]));
      external[entry.get(1) ?? ''] = entry.get(2) ?? '';
    }
  }
  const { location } = external;
  const data =
    location === undefined
      ? raw
      : { location, offset: Number(external['offset'] ?? 0), length: Number(external['length']) };
  return { name, type, shape, data };
}

function readValueInfo(bytes: Uint8Array): ValueInfo {
  const info: ValueInfo = { name: '', type: 'float32', shape: [] };
  const shape: Dim[] = [];
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) info.name = text(value);
    if (number !== 2) continue;
    for (const type of readFields(message(value))) {
      for (const part of type.number === 1 ? readFields(message(type.value)) : []) {
        if (part.number === 1) info.type = typeNamed(Number(part.value));
        if (part.number !== 2) continue;
        for (const dim of readFields(message(part.value))) {
          const [field] = readFields(message(dim.value));
          shape.push(field?.number === 1 ? Number(field.value) : field ? text(field.value) : '?');
        }
      }
    }
  }
  return { ...info, shape };
}

function message(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new RangeError('not an ONNX model: a number stands where a message belongs');
  return value;
}

function text(value: bigint | Uint8Array): string {
  return new TextDecoder().decode(message(value));
}

function floatOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}

function typeNamed(number: number): DataType {
  const found = Object.entries(DATA_TYPES).find(([, code]) => code === number);
  if (!found) throw new RangeError(`ONNX element type ${number} is not supported`);
  return found[0] as DataType;
}
