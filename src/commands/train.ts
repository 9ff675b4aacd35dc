import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';

import { locateBase, type Base } from '../model/base.ts';
import type { TrainOptions } from '../trainer/train-options.ts';
import { integerIn, numberIn } from './numbers.ts';
import { addSettings, configOf } from './settings.ts';
import { runWithProgress } from './training-run.ts';

interface TrainFlags extends Omit<TrainOptions, 'base' | 'method' | 'baseName' | 'dtype' | 'dev'> {
  base?: string;
  method: 'lora' | 'full' | 'bottleneck';
  placement: 'houlsby' | 'pfeiffer';
  size: number;
  r: number;
  alpha?: number;
  loraDropout: number;
  targets: string[];
  rslora?: boolean;
  dev?: string[];
  fp16?: boolean;
  json?: boolean;
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description(
      'Trains a classifier of polarized posts: an adapter on a frozen base (LoRA is what is served), or all of it.',
    )
    .requiredOption(
      '--data <file...>',
      'JSON lines {"text", "label": 0 or 1, "lang"}; "lang" defaults to the file name up to its first dot',
    )
    .requiredOption(
      '--out <folder>',
      'where the adapter or checkpoint goes; a stopped run goes on from what it left there',
    )
    .option('--dev <file...>', 'the same, to keep the best epoch by (mean macro-F1 of its languages)')
    .addOption(
      new Option('--method <method>', 'what is trained').choices(['lora', 'full', 'bottleneck']).default('lora'),
    )
    .option('--from <folder>', 'start from this adapter, for instance the multilingual one')
    .option('--r <rank>', 'LoRA rank', integerIn(1), 8)
    .option('--alpha <number>', 'LoRA alpha (default twice the rank)', numberIn(0))
    .option('--lora-dropout <share>', 'dropout in front of LoRA', numberIn(0, 0.9), 0.1)
    .option('--targets <module...>', 'linear layers to adapt, by the ends of their names', ['query', 'value'])
    .option('--rslora', 'scale by alpha / sqrt(r)')
    .addOption(
      new Option('--placement <kind>', 'bottleneck adapters: houlsby (two a layer) or pfeiffer (one)')
        .choices(['houlsby', 'pfeiffer'])
        .default('houlsby'),
    )
    .option('--size <number>', 'width of bottleneck adapters', integerIn(1), 48)
    .option('--epochs <number>', 'passes over the data', integerIn(1), 3)
    .option('--batch-posts <number>', 'posts of one optimiser step', integerIn(1), 32)
    .option('--learning-rate <number>', 'at its peak', numberIn(0), 5e-4)
    .option('--warmup <share>', 'share of the steps over which the learning rate rises', numberIn(0, 1), 0.06)
    .option('--dropout <share>', 'dropout of the encoder', numberIn(0, 0.9), 0.1)
    .option('--weight-decay <number>', 'of matrices; biases and normalisation do not decay', numberIn(0), 0.01)
    .option('--seed <number>', 'the same seed gives the same weights', integerIn(0), 1)
    .option('--threads <number>', 'threads of onnxruntime', integerIn(1), availableParallelism())
    .option('--save-every <seconds>', 'how often the state is saved', numberIn(1), 180)
    .option('--fp16', 'write weights as float16: half the size')
    .option('--json', 'print {"finished", "macroF1", "out"} at the end')
    .addHelpText(
      'after',
      `
Example: a Spanish adapter that starts from the multilingual one
  $ evenkeel train --data es.train.jsonl --dev es.dev.jsonl --from adapters/mini/multi --out adapters/mini/es`,
    )
    .action(async (flags: TrainFlags) => {
      const { json } = flags;
      const base = await locateBase(configOf({ base: flags.base }));
      await runWithProgress({ kind: 'train', options: optionsOf(flags, base) }, { json });
    });
  addSettings(command, ['base']);
}

function optionsOf(flags: TrainFlags, { folder, name }: Base): TrainOptions {
  const { data, dev = [], from, out, epochs, batchPosts, learningRate, warmup, dropout, weightDecay } = flags;
  const lora = {
    r: flags.r,
    lora_alpha: flags.alpha ?? 2 * flags.r,
    lora_dropout: flags.loraDropout,
    target_modules: flags.targets,
    use_rslora: flags.rslora === true,
  };
  const bottleneck = { placement: flags.placement, size: flags.size };
  return {
    base: folder,
    data,
    dev,
    from,
    out,
    epochs,
    batchPosts,
    learningRate,
    warmup,
    dropout,
    weightDecay,
    method: flags.method === 'full' ? 'full' : flags.method === 'lora' ? { lora } : { bottleneck },
    baseName: name,
    seed: flags.seed,
    threads: flags.threads,
    saveEvery: flags.saveEvery,
    dtype: flags.fp16 ? 'F16' : 'F32',
  };
}
