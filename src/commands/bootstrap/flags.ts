import { SHARED_ADAPTER } from '../../classifier/router.ts';
import type { LoraSettings } from '../../model/lora.ts';
import type { Provider } from '../../runtime/config.ts';

export interface BootstrapFlags {
  data: string[];
  base: string;
  languages?: string[];
  r: number;
  epochs: number;
  batchPosts: number;
  learningRate: number;
  seed: number;
  threads: number;
  device: Provider;
  dataDir?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** A language's own adapter starts from what `multi` has learned, so it takes smaller steps. */
export const OWN_RATE = 0.4;

export function rateOf(adapter: string, { learningRate }: BootstrapFlags): number {
  return adapter === SHARED_ADAPTER ? learningRate : OWN_RATE * learningRate;
}

export function loraOf({ r }: BootstrapFlags): LoraSettings {
  return { r, lora_alpha: 2 * r, lora_dropout: 0.1, target_modules: ['query', 'value'], use_rslora: false };
}
