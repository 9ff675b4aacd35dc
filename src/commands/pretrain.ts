import { availableParallelism } from 'node:os';
import type { Command } from 'commander';

import type { PretrainOptions } from '../trainer/pretrain.ts';
import { integerIn, numberIn } from './numbers.ts';
import { runWithProgress } from './training-run.ts';

export function addPretrain(program: Command): void {
  program
    .command('pretrain')
    .description('Pre-trains a small BERT on plain text (masked language model, whole words) into a new base folder.')
    .requiredOption('--corpus <file...>', 'texts: one a line (.txt, .txt.gz) or JSON lines with "text" (.jsonl)')
    .requiredOption(
      '--tokenizer <folder>',
      'a cased WordPiece tokenizer (vocab.txt, tokenizer_config.json); its vocabulary is pruned',
    )
    .requiredOption('--out <folder>', 'where the base goes; a stopped run goes on from what it left there')
    .option('--vocab-size <number>', 'pieces kept of the vocabulary', integerIn(100), 32_000)
    .option('--layers <number>', 'encoder layers', integerIn(1), 4)
    .option('--hidden <number>', 'width of the hidden states', integerIn(8), 256)
    .option('--heads <number>', 'attention heads; must divide --hidden', integerIn(1), 4)
    .option('--intermediate <number>', 'width of the feed-forward layers', integerIn(8), 512)
    .option('--max-positions <number>', 'longest sequence in tokens', integerIn(16), 128)
    .option('--tokens <number>', 'tokens to train on in all', integerIn(1), 15_000_000)
    .option('--batch-tokens <number>', 'tokens of one optimiser step', integerIn(16), 3072)
    .option('--learning-rate <number>', 'at its peak', numberIn(0), 1e-3)
    .option('--warmup <share>', 'share of the steps over which the learning rate rises', numberIn(0, 1), 0.04)
    .option('--exponent <number>', 'a file is drawn from in proportion to its size to this power', numberIn(0, 1), 0.5)
    .option('--seed <number>', 'the same seed gives the same base', integerIn(0), 1)
    .option('--threads <number>', 'threads of onnxruntime', integerIn(1), availableParallelism())
    .option('--save-every <seconds>', 'how often the state is saved', numberIn(1), 180)
    .option('--json', 'print {"finished", "out"} at the end')
    .addHelpText(
      'after',
      `
Example (the recipe of the bundled base, see adapters/mini/README.md):
  $ evenkeel pretrain --corpus corpus/*.txt.gz polar/*.train.jsonl --tokenizer mbert --out base`,
    )
    .action(async ({ json, ...options }: PretrainOptions & { json?: boolean }) => {
      await runWithProgress({ kind: 'pretrain', options }, { json });
    });
}
