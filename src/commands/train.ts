import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';

import { locateBase, type Base } from '../model/base.ts';
import type { Method } from '../model/training-graph.ts';
import { DEVICES } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { TrainOptions } from '../trainer/train-options.ts';
import { addAdapterOptions, loraOf, type AdapterOptions } from './adapter-options.ts';
import { integerIn, numberIn } from './numbers.ts';
import { addSettings, configOf } from './settings.ts';
import { runWithProgress } from './training-run.ts';

const RANK = 8;

interface TrainFlags extends AdapterOptions, Omit<TrainOptions, 'base' | 'method' | 'baseName' | 'dtype' | 'dev'> {
  base?: string;
  method: 'lora' | 'full' | 'bottleneck';
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
    .option(
      '--epochs <number>',
      'passes over the data, 0.5 for half of one; 0: an adapter as it starts, with its calibration by --dev',
      numberIn(0),
      3,
    )
    .option('--learning-rate <number>', 'at its peak', numberIn(0), 5e-4)
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
    .option(
      '--spliced <times>',
      'for each example so many posts more, made of halves of two, which that SVM alone judges',
      numberIn(0, 100),
      0,
    )
    .option(
      '--unlabelled <file...>',
      'plain text (.txt, .gz too; the language is the file name up to its first dot) which it judges too: as many posts a language as it has examples',
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
  addAdapterOptions(command, RANK);
  addSettings(command, ['base']);
}

async function optionsOf(flags: TrainFlags, { folder, name }: Base): Promise<TrainOptions> {
  if (flags.epochs === 0 && (flags.method === 'full' || flags.dev === undefined)) throw nothingToDo();
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
    ...(flags.spliced && { spliced: flags.spliced }),
    ...(flags.unlabelled && { unlabelled: flags.unlabelled }),
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

async function methodOf(flags: TrainFlags, base: string): Promise<Method> {
  const { method, placement, size, from } = flags;
  if (method === 'full') return 'full';
  if (method === 'bottleneck') return { bottleneck: { placement, size } };
  return { lora: await loraOf(flags, RANK, base, from) };
}

function nothingToDo(): EvenkeelError {
  return new EvenkeelError('usage', '--epochs 0 trains nothing: it calibrates an adapter', {
    hint: 'Give --dev, and a --method that makes an adapter.',
  });
}
