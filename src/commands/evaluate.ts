import type { Command } from 'commander';

import { openClassifier } from '../classifier/classifier.ts';
import type { Example } from '../domain/example.ts';
import type { Flags } from '../runtime/config.ts';
import { writeFileAtomic } from '../runtime/write-file-atomic.ts';
import { readExamples } from '../trainer/dataset.ts';
import { reliability, type Metrics } from '../trainer/metrics.ts';
import { numberIn } from './numbers.ts';
import { printJson, printLine, printTable } from './print.ts';
import { reliabilityDiagram } from './reliability-diagram.ts';
import { byLanguage, indicesByLanguage, scoreAll } from './served-figures.ts';
import { addSettings, configOf } from './settings.ts';

interface EvaluateFlags extends Flags {
  data: string[];
  threshold: number;
  plot?: string;
  json?: boolean;
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('Measures the model as it is served (its own choice of language and adapter) on labelled posts.')
    .requiredOption(
      '--data <file...>',
      'JSON lines {"text", "label": 0 or 1, "lang"}; "lang" defaults to the file name up to its first dot',
    )
    .option('--threshold <number>', 'scores from here on count as polarized', numberIn(0, 1), 0.5)
    .option('--plot <file>', 'draw how far scores can be taken at their word, a panel a language (SVG)')
    .option('--json', 'print {"model", "threshold", "macroF1", "languages": {LANGUAGE: figures}}')
    .addHelpText(
      'after',
      `
Macro-F1 is the mean F1 of both classes, "mean" that of the languages; ECE has ten bins of equal width.

Example:
  $ evenkeel evaluate --data polar/*.dev.jsonl`,
    )
    .action(evaluate);
  addSettings(command, ['dataDir', 'device', 'precision', 'base', 'threads', 'workers']);
}

async function evaluate({ data, threshold, plot, json, ...flags }: EvaluateFlags): Promise<void> {
  const examples = (await Promise.all(data.map(readExamples))).flat();
  const classifier = await openClassifier(configOf(flags));
  try {
    const scores = await scoreAll(examples, classifier.classify);
    const indices = indicesByLanguage(examples);
    const languages = byLanguage(indices, examples, scores, threshold);
    if (plot !== undefined) await writeFileAtomic(plot, [diagramOf(indices, examples, scores, languages)]);
    const macroF1 =
      Object.values(languages).reduce((sum, figures) => sum + figures.macroF1, 0) / Object.keys(languages).length;
    if (json) await printJson({ model: classifier.model, threshold, macroF1, languages });
    else await printFigures(languages, macroF1);
  } finally {
    await classifier.close();
  }
}

function diagramOf(
  indices: readonly [string, number[]][],
  examples: readonly Example[],
  scores: readonly number[],
  figures: Record<string, Metrics>,
): string {
  return reliabilityDiagram(
    indices.map(([language, own]) => ({
      title: `${language}: ECE ${figures[language]!.ece.toFixed(3)}, ${own.length} posts`,
      bins: reliability(
        own.map((i) => scores[i]!),
        own.map((i) => examples[i]!.label),
      ),
    })),
  );
}

async function printFigures(languages: Record<string, Metrics>, macroF1: number): Promise<void> {
  const figure = (value: number): string => value.toFixed(3);
  await printTable([
    ['language', 'posts', 'macro-F1', 'precision', 'recall', 'ECE', 'TP', 'FP', 'TN', 'FN'],
    ...Object.entries(languages).map(([language, m]) => [
      language,
      String(m.count),
      figure(m.macroF1),
      figure(m.precision),
      figure(m.recall),
      figure(m.ece),
      ...[m.truePositive, m.falsePositive, m.trueNegative, m.falseNegative].map(String),
    ]),
  ]);
  await printLine(`mean macro-F1 of ${Object.keys(languages).length} languages: ${figure(macroF1)}`);
}
