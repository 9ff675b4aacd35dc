import { encoderParameters, type BertConfig } from '../../model/bert-config.ts';
import { WORD_EMBEDDINGS } from '../../model/training-graph.ts';
import { sizeOf } from '../../onnx/tensor.ts';

/** Tokens to train on, and the base that they go through. */
export interface TrainingLoad {
  tokens: number;
  config: BertConfig;
  threads: number;
  device: string;
}

/**
 * Operations of a LoRA step for each token and weight of the layers: two forward, two for the gradient of what a layer is
 * given. The weights' own gradients, two more, are only there in full fine-tuning.
 */
const OPERATIONS = 4;
/**
 * Operations a second and thread that a LoRA step reaches, optimiser and packing included. Measured on two cores of an AMD
 * EPYC (Zen 3) at mBERT's shape: 1,000 posts three times in 235 s.
 */
const PER_THREAD = 8e10;
/** What a data-centre GPU would reach. An estimate: no step has been timed on one. */
const GPU = 2e13;

/** Seconds that training may take: a rough guess, for a plan. */
export function expectedSeconds({ tokens, config, threads, device }: TrainingLoad): number {
  const weights = encoderParameters(config)
    .filter(({ name }) => name !== WORD_EMBEDDINGS)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return (tokens * weights * OPERATIONS) / (device === 'cpu' ? PER_THREAD * threads : GPU);
}

/** "4 h 10 min", "12 min", "40 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
