import * as onnxruntime from 'onnxruntime-node';

import type { BuiltModel } from '../onnx/graph.ts';
import type { Tensor, TensorData } from '../onnx/tensor.ts';

/**
 * onnxruntime's only home. `create` and `run` block the thread that they are on for as long as they take, so this file is
 * imported by worker threads only (session-worker.ts, trainer's own worker), never by a thread that serves people.
 */
export interface OrtOptions {
  /** Execution providers in the order to try, in onnxruntime's spelling. Default `['cpu']`. */
  providers?: string[];
  /** Intra-op threads. Default: onnxruntime's own choice. */
  threads?: number;
  optimization?: 'disabled' | 'basic' | 'extended' | 'all';
}

export type Feeds = Record<string, Tensor>;

export interface OrtSession {
  /** `into`: where outputs are written, by name, in place of new memory. */
  run(feeds: Feeds, fetches?: readonly string[], into?: Feeds): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

export async function createOrtSession(model: BuiltModel, options: OrtOptions = {}): Promise<OrtSession> {
  const session = await onnxruntime.InferenceSession.create(model.bytes, {
    executionProviders: options.providers ?? ['cpu'],
    intraOpNumThreads: options.threads ?? 0,
    interOpNumThreads: 1,
    graphOptimizationLevel: options.optimization ?? 'all',
    externalData: model.externalData,
    logSeverityLevel: 3,
    // Idle threads that spin take the cores from the thread that feeds them: 349 against 574 posts/s end to end on 2 cores.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    async run(feeds, fetches = session.outputNames, into = {}) {
      const tensors: Record<string, onnxruntime.Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) tensors[name] = ortTensor(tensor);
      const wanted = fetches.map((name) => [name, into[name] ? ortTensor(into[name]) : null]);
      const results = await session.run(tensors, Object.fromEntries(wanted) as Record<string, onnxruntime.Tensor>);
      const outputs: Record<string, Tensor> = {};
      for (const name of fetches) {
        const { type, dims, data } = results[name]!;
        outputs[name] = { type: type as Tensor['type'], shape: dims, data: data as TensorData };
      }
      return outputs;
    },
    release: () => session.release(),
  };
}

function ortTensor({ type, shape, data }: Tensor): onnxruntime.Tensor {
  return new onnxruntime.Tensor(type as 'float32', data as Float32Array, shape);
}

/** The execution providers that this machine's onnxruntime was built with; whether one works shows when a session opens. */
export function builtInProviders(): string[] {
  return onnxruntime.listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? [name] : []));
}
