import type { Command } from 'commander';

import { locateBase } from '../model/base.ts';
import { integerIn } from './numbers.ts';
import { printJson, printLine } from './print.ts';
import { addSettings, configOf } from './settings.ts';

interface GrowFlags {
  base?: string;
  corpus: string[];
  out: string;
  pieces: number;
  seed: number;
  fp16?: boolean;
  json?: boolean;
}

export function addGrow(program: Command): void {
  const command = program
    .command('grow')
    .description(
      "Adds pieces to a base's vocabulary: characters it lacks, and frequent words and parts of them, so that no text is unknown.",
    )
    .requiredOption('--corpus <file...>', 'texts: one a line (.txt, .txt.gz) or JSON lines with "text" (.jsonl)')
    .requiredOption('--out <folder>', 'where the new base goes; train it before use, its new pieces know nothing yet')
    .option('--pieces <number>', 'the most pieces to add', integerIn(1), 8000)
    .option('--seed <number>', 'the same seed gives the same base', integerIn(0), 1)
    .option('--fp16', 'write weights as float16: half the size')
    .option('--json', 'print {"added", "out"} at the end')
    .addHelpText('after', '\nExample:\n  $ evenkeel grow --corpus polar/*.train.jsonl --out wider')
    .action(async ({ base, json, fp16, ...flags }: GrowFlags) => {
      const { folder } = await locateBase(configOf({ base }));
      const { grow } = await import('../trainer/grow.ts');
      const { added } = await grow({ ...flags, base: folder, dtype: fp16 ? 'F16' : 'F32' });
      await (json
        ? printJson({ added, out: flags.out })
        : printLine(`Added ${added} pieces. Written to ${flags.out}.`));
    });
  addSettings(command, ['base']);
}
