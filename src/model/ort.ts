import * as onnxruntime from 'onnxruntime-node';

import type { BuiltModel } from '../onnx/graph.ts';
import type { Tensor, TensorData } from '../onnx/tensor.ts';
import type { Provider } from '../runtime/config.ts';

/**
 * onnxruntime's only home. Creating a session and running it block the thread that they are on for as long as they take, so
 * worker threads (session-worker.ts, the trainer's own) and processes of their own do that, never a thread that serves people.
 */
export interface OrtOptions {
  /** Default `cpu`. Nodes that it has no kernel for run on the processor: a profile tells which. */
  device?: Provider;
  /** Intra-op threads. Default: onnxruntime's own choice. */
  threads?: number;
  optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Writes what every node of every run did, until `endProfile`, to a file whose name starts with this. */
  profile?: string;
}

export type Feeds = Record<string, Tensor>;

export interface OrtSession {
  /** `into`: where outputs are written, by name, in place of new memory. */
  run(feeds: Feeds, fetches?: readonly string[], into?: Feeds): Promise<Record<string, Tensor>>;
  endProfile(): void;
  release(): Promise<void>;
}

type SessionOptions = onnxruntime.InferenceSession.SessionOptions;

/** ML programs: Core ML's older format has neither Gelu nor LayerNormalization nor float16 (coreml_provider_factory.h). */
const COREML_CREATE_MLPROGRAM = 0x010;

/**
 * What each device is asked for. onnxruntime-node passes no memory limit on to any of them (its CUDA options are the
 * device's number alone), so a GPU's memory is bounded by the size of the batches. Weights are allocated for themselves there:
 * in the arena their total would be rounded up to a power of two.
 */
const ON_DEVICE: Record<Provider, Partial<SessionOptions>> = {
  cpu: { executionProviders: ['cpu'] },
  cuda: { executionProviders: ['cuda'] },
  webgpu: { executionProviders: ['webgpu'] },
  coreml: { executionProviders: [{ name: 'coreml', coreMlFlags: COREML_CREATE_MLPROGRAM }] },
  // DirectML works with neither memory patterns nor parallel execution (onnxruntime.ai, DirectML, configuration options).
  dml: { executionProviders: ['dml'], enableMemPattern: false, executionMode: 'sequential' },
};

export async function createOrtSession(model: BuiltModel, options: OrtOptions = {}): Promise<OrtSession> {
  const { device = 'cpu', profile } = options;
  const session = await onnxruntime.InferenceSession.create(model.bytes, {
    ...ON_DEVICE[device],
    intraOpNumThreads: options.threads ?? 0,
    interOpNumThreads: 1,
    graphOptimizationLevel: options.optimization ?? 'all',
    externalData: model.externalData,
    logSeverityLevel: 3,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      session: {
        // Idle threads that spin take the cores from the thread that feeds them: 349 against 574 posts/s end to end on 2 cores.
        intra_op: { allow_spinning: '0' },
        ...(device !== 'cpu' && { use_device_allocator_for_initializers: '1' }),
        ...(model.folder && { model_external_initializers_file_folder_path: model.folder }),
      },
    },
  });
  return {
    async run(feeds, fetches = session.outputNames, into = {}) {
      const tensors: Record<string, onnxruntime.Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) tensors[name] = toOrt(tensor);
      const wanted = fetches.map((name) => [name, into[name] ? toOrt(into[name]) : null]);
      const results = await session.run(tensors, Object.fromEntries(wanted) as Record<string, onnxruntime.Tensor>);
      const outputs: Record<string, Tensor> = {};
      for (const name of fetches) outputs[name] = fromOrt(results[name]!);
      return outputs;
    },
    endProfile: () => session.endProfiling(),
    release: () => session.release(),
  };
}

function toOrt({ type, shape, data }: Tensor): onnxruntime.Tensor {
  const tensor = new onnxruntime.Tensor(type as 'float32', data as Float32Array, shape);
  // Where JavaScript has Float16Array the package takes the bits for one, and then its native half does not know that kind
  // of array ("not enough space: expected 8, got 0").
  if (type === 'float16') Object.defineProperty(tensor, 'data', { value: data });
  return tensor;
}

function fromOrt({ type, dims, data }: onnxruntime.Tensor): Tensor {
  const { buffer, byteOffset, length } = data as Uint16Array;
  const values = type === 'float16' ? new Uint16Array(buffer, byteOffset, length) : data;
  return { type: type as Tensor['type'], shape: dims, data: values as TensorData };
}

/** The devices that onnxruntime was built for here, in its words; whether one works shows when a session opens. */
export function builtInProviders(): string[] {
  return onnxruntime.listSupportedBackends().map(({ name }) => name);
}
