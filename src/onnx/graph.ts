import { encodeModel, type Attribute, type Dim, type Initializer } from './model-proto.ts';
import { bytesOf, int64, type DataType, type StoredTensor, type Tensor } from './tensor.ts';

/** A tensor in a graph: what an operator takes and gives. */
export interface Value {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly Dim[];
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A finished graph: the model's bytes, and its large weights beside it under the paths that the bytes name. */
export interface BuiltModel {
  bytes: Uint8Array;
  externalData: { path: string; data: Uint8Array }[];
  /** Where the files are that hold the graph's stored weights. */
  folder?: string;
}

/** Weights from this size on stay outside the protobuf, which can hold no more than 2 GB and is copied when parsed. */
const EXTERNAL_FROM_BYTES = 1024;

/** Opset 20 brought Gelu; com.microsoft 1 is what onnxruntime's own optimiser fuses into. */
const OPSETS = [
  { domain: '', version: 20 },
  { domain: 'com.microsoft', version: 1 },
];

/** An ONNX graph under construction. Operators are added through `operators(graph)`; values know their shapes. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: { name: string; value: Value }[] = [];
  readonly #initializers = new Map<string, { value: Value; tensor: Tensor | StoredTensor }>();
  readonly #dimensions = new Map<string, { input: Value; axis: number }>();
  readonly #taken = new Set<string>();
  readonly #name: string;
  readonly #counts = new Map<string, number>();
  #scope = '';

  constructor(name: string) {
    this.#name = name;
  }

  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  input(name: string, type: DataType, shape: readonly Dim[]): Value {
    const value = this.#value(name, type, shape);
    this.#inputs.push(value);
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !this.#dimensions.has(dim)) {
        this.#dimensions.set(dim, { input: value, axis });
      }
    });
    return value;
  }

  /** A weight under its checkpoint's own name, frozen into the model. */
  parameter(name: string, tensor: Tensor | StoredTensor): Value {
    const value = this.#value(name, tensor.type, tensor.shape);
    this.#initializers.set(name, { value, tensor });
    return value;
  }

  /** A small constant; equal ones share one value. */
  constant(tensor: Tensor): Value {
    const name = `constant/${tensor.type}[${tensor.shape.join(',')}]=${tensor.data.join(',')}`;
    return this.#initializers.get(name)?.value ?? this.parameter(name, tensor);
  }

  /** What a constant or parameter holds. */
  constantOf(value: Value): Tensor {
    const tensor = this.#initializers.get(value.name)?.tensor;
    if (!tensor || 'stored' in tensor) throw new RangeError(`${value.name} is not a constant of the graph`);
    return tensor;
  }

  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** Where the size of a symbolic dimension can be read at run time. */
  dimension(name: string): { input: Value; axis: number } {
    const found = this.#dimensions.get(name);
    if (!found) throw new RangeError(`no input of the graph has a dimension named ${name}`);
    return found;
  }

  /** Names inside `build` are prefixed, so that a node can be found in a profile. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = outer ? `${outer}/${name}` : name;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  node(
    op: string,
    inputs: readonly (Value | null)[],
    outputs: readonly { type: DataType; shape: readonly Dim[] }[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): Value[] {
    const name = this.#unique(this.#scope ? `${this.#scope}/${op}` : op);
    const values = outputs.map(({ type, shape }, i) =>
      this.#value(outputs.length > 1 ? `${name}:${i}` : `${name}:out`, type, shape),
    );
    this.nodes.push({ name, op, domain, inputs, outputs: values, attributes });
    return values;
  }

  /** The model's bytes with the nodes that its outputs need, and the weights that they use. */
  build(): BuiltModel {
    const needed = new Set(this.#outputs.map(({ value }) => value.name));
    const nodes = this.nodes
      .toReversed()
      .filter((node) => {
        if (!node.outputs.some((output) => needed.has(output.name))) return false;
        for (const input of node.inputs) if (input) needed.add(input.name);
        return true;
      })
      .reverse();
    const externalData: BuiltModel['externalData'] = [];
    const initializers: Initializer[] = [];
    for (const [name, { tensor }] of this.#initializers) {
      if (!needed.has(name)) continue;
      const { type, shape } = tensor;
      if ('stored' in tensor) {
        const { file, offset, length } = tensor.stored;
        initializers.push({ name, type, shape, data: { location: file, offset, length } });
        continue;
      }
      const bytes = bytesOf(tensor);
      const outside = bytes.length >= EXTERNAL_FROM_BYTES;
      if (outside) externalData.push({ path: name, data: bytes });
      const data = outside ? { location: name, offset: 0, length: bytes.length } : bytes;
      initializers.push({ name, type, shape, data });
    }
    const bytes = encodeModel({
      irVersion: 9,
      producer: 'evenkeel',
      opsets: OPSETS,
      graph: {
        name: this.#name,
        nodes: [
          ...nodes.map((node) => ({
            ...node,
            inputs: node.inputs.map((input) => input?.name ?? ''),
            outputs: node.outputs.map((output) => output.name),
          })),
          // An output keeps the name that callers ask for, whatever node gives it.
          ...this.#outputs.map(({ name, value }) => ({
            name: `output/${name}`,
            op: 'Identity',
            domain: '',
            inputs: [value.name],
            outputs: [name],
            attributes: {},
          })),
        ],
        inputs: this.#inputs.filter((input) => needed.has(input.name)).map((input) => ({ ...input })),
        outputs: this.#outputs.map(({ name, value: { type, shape } }) => ({ name, type, shape })),
        initializers,
      },
    });
    return { bytes, externalData };
  }

  /** The int64 shape tensor for a Reshape or Expand, read from the inputs where one dimension is not enough to infer. */
  shapeOf(shape: readonly Dim[]): Value {
    const symbolic = shape.filter((dim) => typeof dim === 'string');
    if (symbolic.length === 0) return this.constant(int64([shape.length], shape as number[]));
    const parts = shape.map((dim) => {
      if (typeof dim === 'number') return this.constant(int64([1], [dim]));
      const { input, axis } = this.dimension(dim);
      const [size] = this.node('Shape', [input], [{ type: 'int64', shape: [1] }], { start: axis, end: axis + 1 });
      return size!;
    });
    if (parts.length === 1) return parts[0]!;
    return this.node('Concat', parts, [{ type: 'int64', shape: [shape.length] }], { axis: 0 })[0]!;
  }

  #value(name: string, type: DataType, shape: readonly Dim[]): Value {
    if (this.#taken.has(name)) throw new RangeError(`the graph already has a value named ${name}`);
    this.#taken.add(name);
    return { name, type, shape };
  }

  #unique(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}
