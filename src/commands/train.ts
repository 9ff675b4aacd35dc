import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';

import { readAdapter } from '../model/adapter-files.ts';
import { locateBase, type Base } from '../model/base.ts';
import { readBertConfig } from '../model/checkpoint.ts';
import type { Method } from '../model/training-graph.ts';
import { DEVICES } from '../runtime/config.ts';
import type { TrainOptions } from '../trainer/train-options.ts';
import { integerIn, numberIn } from './numbers.ts';
import { addSettings, configOf } from './settings.ts';
import { runWithProgress } from './training-run.ts';

interface TrainFlags extends Omit<TrainOptions, 'base' | 'method' | 'baseName' | 'dtype' | 'dev'> {
  base?: string;
  method: 'lora' | 'full' | 'bottleneck';
  placement: 'houlsby' | 'pfeiffer';
  size: number;
  r?: number;
  alpha?: number;
  loraDropout: number;
  targets?: string[];
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
    .option(
      '--from <folder>',
      'start from this adapter, for instance the multilingual one; its settings are the default',
    )
    .option('--r <rank>', 'LoRA rank (default 8)', integerIn(1))
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
    .option('--epochs <number>', 'passes over the data', integerIn(1), 3)
    .option('--batch-posts <number>', 'posts of one optimiser step', integerIn(1), 32)
    .option('--learning-rate <number>', 'at its peak', numberIn(0), 5e-4)
    .option('--warmup <share>', 'share of the steps over which the learning rate rises', numberIn(0, 1), 0.06)
    .option('--dropout <share>', 'dropout of the encoder', numberIn(0, 0.9), 0.1)
    .option(
      '--word-dropout <share>',
      "share of a post's pieces that each step hides: less is learned by heart",
      numberIn(0, 0.9),
      0,
    )
    .option(
      '--teacher-share <share>',
      'how much of each label a linear SVM on n-grams decides, one that has not seen the post',
      numberIn(0, 1),
      0,
    )
    .option('--weight-decay <number>', 'of matrices; biases and normalisation do not decay', numberIn(0), 0.01)
    .option('--seed <number>', 'the same seed gives the same weights', integerIn(0), 1)
    .option('--threads <number>', 'threads of onnxruntime', integerIn(1), availableParallelism())
    .addOption(
      new Option('--device <device>', 'where steps are computed; a GPU holds the frozen weights')
        .choices(DEVICES.filter((device) => device !== 'auto'))
        .default('cpu'),
    )
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
      await runWithProgress({ kind: 'train', options: await optionsOf(flags, base) }, { json });
    });
  addSettings(command, ['base']);
}

async function optionsOf(flags: TrainFlags, { folder, name }: Base): Promise<TrainOptions> {
  const { data, dev = [], from, out, epochs, batchPosts, learningRate, warmup, dropout, weightDecay } = flags;
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
    ...(flags.wordDropout && { wordDropout: flags.wordDropout }),
    ...(flags.teacherShare && { teacherShare: flags.teacherShare }),
    weightDecay,
    method: await methodOf(flags, folder),
    baseName: name,
    seed: flags.seed,
    threads: flags.threads,
    device: flags.device,
    saveEvery: flags.saveEvery,
    dtype: flags.fp16 ? 'F16' : 'F32',
  };
}

async function methodOf({ method, placement, size, ...flags }: TrainFlags, base: string): Promise<Method> {
  if (method === 'full') return 'full';
  if (method === 'bottleneck') return { bottleneck: { placement, size } };
  const start = flags.from === undefined ? null : await readAdapter(flags.from, await readBertConfig(base));
  const r = flags.r ?? start?.settings.r ?? 8;
  return {
    lora: {
      r,
      lora_alpha: flags.alpha ?? start?.settings.lora_alpha ?? 2 * r,
      lora_dropout: flags.loraDropout,
      target_modules: flags.targets ?? start?.settings.target_modules ?? ['query', 'value'],
      use_rslora: flags.rslora ?? start?.settings.use_rslora ?? false,
    },
  };
}
