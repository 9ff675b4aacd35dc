import { Option, type Command } from 'commander';

import { readAdapter } from '../model/adapter-files.ts';
import type { BottleneckSettings } from '../model/bottleneck.ts';
import { readBertConfig } from '../model/checkpoint.ts';
import type { LoraSettings } from '../model/lora.ts';
import { integerIn, numberIn } from './numbers.ts';

/** What an adapter is like, and how it is trained, in the flags that `train` and `compare` share. */
export interface AdapterOptions {
  r?: number;
  alpha?: number;
  loraDropout: number;
  targets?: string[];
  rslora?: boolean;
  placement: BottleneckSettings['placement'];
  size: number;
  batchPosts: number;
  warmup: number;
  dropout: number;
}

/** `rank`: the default of LoRA's, where no adapter is started from. */
export function addAdapterOptions(command: Command, rank: number): Command {
  return command
    .option('--r <rank>', `LoRA rank (default that of the adapter that it starts from, else ${rank})`, integerIn(1))
    .option('--alpha <number>', 'LoRA alpha (default twice the rank)', numberIn(0))
    .option('--lora-dropout <share>', 'dropout in front of LoRA', numberIn(0, 0.9), 0.1)
    .option('--targets <module...>', 'linear layers to adapt, by the ends of their names (default query, value)')
    .option('--rslora', 'scale by alpha / sqrt(r)')
    .addOption(
      new Option('--placement <kind>', 'bottleneck adapters: houlsby (two a layer) or pfeiffer (one)')
        .choices(['houlsby', 'pfeiffer'])
        .default('houlsby'),
    )
    .option('--size <number>', 'width of bottleneck adapters', integerIn(1), 48)
    .option('--batch-posts <number>', 'posts of one optimiser step', integerIn(1), 32)
    .option('--warmup <share>', 'share of the steps over which the learning rate rises', numberIn(0, 1), 0.06)
    .option('--dropout <share>', 'dropout of the encoder', numberIn(0, 0.9), 0.1);
}

/** LoRA as the flags have it; what they leave open is as in the adapter `from`, for it must be of the same shape. */
export async function loraOf(
  flags: AdapterOptions,
  rank: number,
  base: string,
  from: string | undefined,
): Promise<LoraSettings> {
  const start = from === undefined ? null : (await readAdapter(from, await readBertConfig(base))).settings;
  const r = flags.r ?? start?.r ?? rank;
  return {
    r,
    lora_alpha: flags.alpha ?? start?.lora_alpha ?? 2 * r,
    lora_dropout: flags.loraDropout,
    target_modules: flags.targets ?? start?.target_modules ?? ['query', 'value'],
    use_rslora: flags.rslora ?? start?.use_rslora ?? false,
  };
}
