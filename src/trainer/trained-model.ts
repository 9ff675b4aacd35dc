import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeAdapter } from '../model/adapter-files.ts';
import type { Calibration } from '../model/calibration-file.ts';
import { writeBottleneck } from '../model/bottleneck-files.ts';
import { openCheckpoint, saveCheckpoint } from '../model/checkpoint.ts';
import { trainedParameters, type TrainingPlan } from '../model/training-graph.ts';
import { float32, type Tensor } from '../onnx/tensor.ts';
import type { TrainingSession } from './training-session.ts';

const TOKENIZER_FILES = ['tokenizer.json', 'vocab.txt', 'tokenizer_config.json'];

/** Writes what a session has learned to `out`: an adapter in PEFT's format, bottleneck adapters, or a whole checkpoint. */
export async function saveTrained(
  { out, base, baseName, dtype }: { out: string; base: string; baseName: string; dtype: 'F32' | 'F16' },
  plan: TrainingPlan,
  session: TrainingSession,
  calibration?: Calibration,
): Promise<void> {
  const weights = session.weights();
  const tensors = new Map<string, Tensor>(
    trainedParameters(plan).map(({ name, shape }) => [name, float32(shape, weights.get(name))]),
  );
  if (plan.method !== 'full') {
    if ('lora' in plan.method)
      await writeAdapter(out, { settings: plan.method.lora, base: baseName, tensors, calibration }, dtype);
    else await writeBottleneck(out, { settings: plan.method.bottleneck, base: baseName, tensors }, dtype);
    return;
  }
  const { config } = await openCheckpoint(base, () => []);
  const files = await Promise.all(
    TOKENIZER_FILES.map(async (name) => [name, await optional(join(base, name))] as const),
  );
  const tokenizer = new Map(files.flatMap(([name, bytes]) => (bytes ? [[name, bytes] as const] : [])));
  await saveCheckpoint(out, { config, tensors, tokenizer, dtype });
}

async function optional(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
