import { readTokenizerFiles } from '../model/tokenizer-files.ts';
import { openCheckpoint, saveCheckpoint } from '../model/checkpoint.ts';
import { float32, type Tensor } from '../onnx/tensor.ts';
import { EvenkeelError } from '../runtime/errors.ts';

/**
 * The mean of several trainings of one base, weight by weight: a model soup (Wortsman et al. 2022), often better than each
 * and calmer in its scores; of one alone, that one in another precision. They must have started from the same weights, the head included (the same seed).
 */
export async function averageCheckpoints(folders: readonly string[], out: string, dtype: 'F32' | 'F16'): Promise<void> {
  const models = await Promise.all(folders.map((folder) => openCheckpoint(folder)));
  const [first, ...others] = models;
  const [place, ...otherPlaces] = folders;
  if (first === undefined || place === undefined) {
    throw new EvenkeelError('input', 'There is nothing to average', { hint: 'Name a checkpoint or more.' });
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of first.tensors) {
    const sum = Float32Array.from(data as Float32Array);
    for (const [i, { tensors: more }] of others.entries()) {
      const other = more.get(name);
      if (other?.shape.join() !== shape.join()) throw unlike(place, otherPlaces[i]!, name);
      const values = other.data as Float32Array;
      for (let k = 0; k < sum.length; k += 1) sum[k]! += values[k]!;
    }
    tensors.set(
      name,
      float32(
        shape,
        sum.map((value) => value / models.length),
      ),
    );
  }
  await saveCheckpoint(out, { config: first.config, tensors, tokenizer: await readTokenizerFiles(place), dtype });
}

function unlike(a: string, b: string, name: string): EvenkeelError {
  return new EvenkeelError('model', `${a} and ${b} are of different shape: ${name} does not fit`, {
    hint: 'Average trainings of the same base.',
  });
}
