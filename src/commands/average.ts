import type { Command } from 'commander';
import { printJson, printLine } from './print.ts';

export function addAverage(program: Command): void {
  program
    .command('average')
    .description(
      'Averages the weights of several trainings of one base (a model soup) into a new checkpoint; of one, changes its precision.',
    )
    .argument(
      '<folder...>',
      'checkpoints of `evenkeel train --method full` that differ in epochs or data, not in base or seed',
    )
    .requiredOption('--out <folder>', 'where the mean goes')
    .option('--fp16', 'write weights as float16: half the size')
    .option('--json', 'print {"out"} at the end')
    .addHelpText('after', '\nExample:\n  $ evenkeel average three-epochs one-epoch --out adapters/mini --fp16')
    .action(async (folders: string[], { out, fp16, json }: { out: string; fp16?: boolean; json?: boolean }) => {
      const { averageCheckpoints } = await import('../trainer/average.ts');
      await averageCheckpoints(folders, out, fp16 ? 'F16' : 'F32');
      await (json ? printJson({ out }) : printLine(`Written to ${out}.`));
    });
}
