import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  floatTensor,
  readSafetensors,
  readSafetensorsMetadata,
  toFloat32,
  writeSafetensors,
  type SafeTensor,
} from '../onnx/safetensors.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { TrainingSession } from './training-session.ts';

const FILE = 'training-state.safetensors';

/** Where a run stands: enough to go on with exactly the same numbers. */
export interface RunState {
  /** Optimiser steps done. */
  step: number;
  tensors: ReadonlyMap<string, SafeTensor>;
  /** Whatever else the run keeps, as JSON. */
  notes: string;
}

/** Writes weights and moments to `folder`, replacing the earlier state in one rename. `fingerprint` names the settings. */
export async function saveRunState(
  folder: string,
  session: TrainingSession,
  fingerprint: string,
  notes = '',
): Promise<void> {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, kept] of session.state) {
    for (const [kind, values] of Object.entries(kept) as [string, Float32Array][]) {
      tensors.set(`${kind}/${name}`, floatTensor(values, [values.length]));
    }
  }
  await writeSafetensors(join(folder, FILE), tensors, { step: String(session.done), fingerprint, notes });
}

/** The state left in `folder`, or null. Refuses one that was made with other settings. */
export async function readRunState(folder: string, fingerprint: string): Promise<RunState | null> {
  const path = join(folder, FILE);
  try {
    await access(path);
  } catch {
    return null;
  }
  const metadata = await readSafetensorsMetadata(path);
  if (metadata.get('fingerprint') !== fingerprint) {
    throw new EvenkeelError('input', `${path} was left by a run with other settings or data.`, {
      hint: 'Repeat the command exactly as it was first given to resume, or choose another --out folder to start anew.',
    });
  }
  return {
    step: Number(metadata.get('step')),
    tensors: await readSafetensors(path),
    notes: metadata.get('notes') ?? '',
  };
}

export function restore(session: TrainingSession, { step, tensors }: RunState): void {
  session.done = step;
  for (const [name, kept] of session.state) {
    for (const [kind, values] of Object.entries(kept) as [string, Float32Array][]) {
      values.set(toFloat32(tensors.get(`${kind}/${name}`)!));
    }
  }
}

/** A finished run leaves what it made, not how it got there. */
export async function clearRunState(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}
