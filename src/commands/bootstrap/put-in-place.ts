import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { openClassifier } from '../../classifier/classifier.ts';
import { SHARED_ADAPTER } from '../../classifier/router.ts';
import type { Example } from '../../domain/example.ts';
import { copyAdapter, MODEL_CARD } from '../../model/adapter-folders.ts';
import type { Base } from '../../model/base.ts';
import { readBertConfig } from '../../model/checkpoint.ts';
import type { Config } from '../../runtime/config.ts';
import { writeFileAtomic } from '../../runtime/write-file-atomic.ts';
import type { Metrics } from '../../trainer/metrics.ts';
import { printJson, printLine, printNote, printTable } from '../print.ts';
import { byLanguage, indicesByLanguage, scoreAll } from '../served-figures.ts';
import { adapterCard } from './adapter-card.ts';
import { loraOf, rateOf, type BootstrapFlags } from './flags.ts';
import type { WorkFolder } from './work-folder.ts';

export async function register(names: readonly string[], base: Base, folder: WorkFolder): Promise<void> {
  const config = await readBertConfig(base.folder);
  for (const name of names)
    await copyAdapter(folder.adapter(name), join(base.adaptersFolder!, name), config, { replace: true });
}

/** An adapter that lost to the new `multi` is not put in place; one that was there before is not this command's to remove. */
export async function warnOfOlder(language: string, { adapters, name }: Base): Promise<void> {
  if (adapters.has(language))
    printNote(
      `note: ${name} has an older adapter ${language} at ${adapters.get(language)}, which goes on answering; the one ` +
        `trained now does not beat multi. \`evenkeel adapters remove ${language}\` lets multi answer.`,
    );
}

export async function measureServed(config: Config, dev: readonly Example[]): Promise<Record<string, Metrics>> {
  const classifier = await openClassifier(config);
  try {
    return byLanguage(indicesByLanguage(dev), dev, await scoreAll(dev, classifier.classify), 0.5);
  } finally {
    await classifier.close();
  }
}

interface Outcome {
  flags: BootstrapFlags;
  base: Base;
  train: readonly Example[];
  figures: Record<string, Metrics>;
}

export async function writeCards(names: readonly string[], { flags, base, train, figures }: Outcome): Promise<void> {
  for (const name of names) {
    const isOf = (language: string): boolean =>
      name === SHARED_ADAPTER ? !names.includes(language) : language === name;
    const learned = train.filter(({ language }) => name === SHARED_ADAPTER || language === name);
    const posts = Map.groupBy(learned, ({ language }) => language);
    const card = adapterCard({
      name,
      base: base.name,
      settings: loraOf(flags),
      epochs: flags.epochs,
      learningRate: rateOf(name, flags),
      posts: Object.fromEntries([...posts].map(([language, own]) => [language, own.length])),
      figures: Object.fromEntries(Object.entries(figures).filter(([language]) => isOf(language))),
      day: new Date().toISOString().slice(0, 10),
    });
    await writeFileAtomic(join(base.adaptersFolder!, name, MODEL_CARD), [card]);
  }
}

export async function report(
  { json }: BootstrapFlags,
  {
    base,
    chosen,
    own,
    kept,
    folder,
    figures,
  }: {
    base: Base;
    chosen: string;
    own: readonly string[];
    kept: readonly string[];
    folder: WorkFolder;
    figures: Record<string, Metrics>;
  },
): Promise<void> {
  const mean = Object.values(figures).reduce((sum, { macroF1 }) => sum + macroF1, 0) / Object.keys(figures).length;
  const adapters = own.map((language) => ({
    language,
    kept: kept.includes(language),
    macroF1: folder.finished(language)!.macroF1 ?? null,
    multiMacroF1: folder.finished(language)!.startMacroF1 ?? null,
  }));
  // What is in place does not need its data a second time, in the clear.
  rmSync(join(folder.folder, 'data'), { recursive: true, force: true });
  if (json) return printJson({ finished: true, base: chosen, macroF1: mean, languages: figures, adapters });
  await printTable([
    ['language', 'posts', 'macro-F1', 'adapter'],
    ...Object.entries(figures).map(([language, { count, macroF1 }]) => [
      language,
      String(count),
      macroF1.toFixed(3),
      kept.includes(language) ? language : SHARED_ADAPTER,
    ]),
  ]);
  await printLine(
    `mean macro-F1 of ${Object.keys(figures).length} languages: ${mean.toFixed(3)}\n` +
      `${base.name} with ${1 + kept.length} adapters in ${base.adaptersFolder} is in use now: \`evenkeel start\`.`,
  );
}
