import { availableParallelism, cpus, totalmem } from 'node:os';
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Bench, BenchFlags, Figure } from './bench/figure.ts';
import { printJson, printLine, printTable } from './print.ts';
import { addSettings } from './settings.ts';

/** Each benchmark of the project, loaded when asked for. */
const BENCHES: Record<string, () => Promise<Bench>> = {
  pipeline: async () => (await import('./bench/pipeline.ts')).benchPipeline,
  background: async () => (await import('./bench/background.ts')).benchBackground,
  adapters: async () => (await import('./bench/adapters.ts')).benchAdapters,
  inference: async () => (await import('./bench/inference.ts')).benchInference,
  fleet: async () => (await import('./bench/fleet.ts')).benchFleet,
  learning: async () => (await import('./bench/learning.ts')).benchLearning,
  training: async () => (await import('./bench/training.ts')).benchTraining,
};

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHES)))
    .description('Measures this machine and says which targets are met. Stop everything else first.')
    .option(
      '--data <file...>',
      'JSON lines {"id", "text"} to measure with, instead of posts of our own; with "label" also what int8 changes',
    )
    .option('--peers <folder>', 'where @huggingface/transformers is installed, to compare inference with')
    .option('--python <path>', 'an interpreter with torch, transformers and peft, to compare with')
    .option('--seconds <number>', 'how long each part of `fleet` lasts (default 10)')
    .option('--rate <number>', 'posts a second at which `fleet` measures how long one waits (default 2000)')
    .option('--weeks <number>', 'how many weeks `learning` simulates (default 100)')
    .option('--part <name>', 'one part of `learning` alone: weeks, swap, labels, noise, choice, recall')
    .option('--json', 'print {"machine", "date", "figures": [{"name", "value", "unit", "against", "target", "met"}]}')
    .addHelpText('after', '\nExample:\n  $ evenkeel bench pipeline --json')
    .action(async (name: string, flags: BenchFlags & { json?: boolean }) => {
      const figures = await (await BENCHES[name]!())(flags);
      const report = { machine: machine(), date: new Date().toISOString(), figures };
      await (flags.json ? printJson(report) : printReport(report));
    });
  addSettings(command, ['device', 'precision', 'base', 'threads', 'workers']);
}

async function printReport({ machine: on, figures }: { machine: string; figures: readonly Figure[] }): Promise<void> {
  await printLine(`On ${on}:`);
  await printTable(
    figures.map(({ name, value, unit, target, met, against }) => [
      met === null ? '' : met ? 'met' : 'MISSED',
      name,
      `${value.toLocaleString('en-US', { maximumSignificantDigits: 4 })} ${unit}`,
      target === null ? '' : `target ${Number(target.toPrecision(4))} ${unit} (${against})`,
    ]),
  );
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} x ${model}, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}
