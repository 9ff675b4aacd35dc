import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { SHARED_ADAPTER } from '../../classifier/router.ts';
import type { Example } from '../../domain/example.ts';
import { locateBase, type Base } from '../../model/base.ts';
import { repositoryOf } from '../../model/repository.ts';
import { writeChosenBase } from '../../runtime/chosen-base.ts';
import { type Config } from '../../runtime/config.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { dataFaults } from '../../trainer/data-faults.ts';
import { findDataFiles, readDataSets } from '../../trainer/data-sets.ts';
import { beatsShared } from '../../trainer/own-adapter.ts';
import type { TrainOptions } from '../../trainer/train-options.ts';
import { loraOf, rateOf, type BootstrapFlags } from './flags.ts';
import { getData } from './get-data.ts';
import { planOf, printPlan } from './plan.ts';
import { measureServed, register, report, warnOfOlder, writeCards } from './put-in-place.ts';
import { WorkFolder } from './work-folder.ts';
import { pullWithProgress } from '../model/pull.ts';
import { exactBase } from '../model/use.ts';
import { printJson, printLine, printNote } from '../print.ts';
import { configOf } from '../settings.ts';
import { STOPPED, trainWithProgress } from '../training-run.ts';

export async function bootstrap(flags: BootstrapFlags): Promise<void> {
  const config = configOf({ dataDir: flags.dataDir });
  const work = join(config.dataDir, 'bootstrap');
  const files = await findDataFiles(await getData(flags.data, flags.dryRun ? work : join(work, 'downloads')));
  const { train, dev, dropped } = await readDataSets(files);
  if (files.left.length > 0) printNote(`left alone, as their names call them tests: ${files.left.length} files`);
  if (dropped > 0) printNote(`note: ${dropped} training posts are left out, as dev has them too`);
  for (const fault of dataFaults(train, dev)) printNote(`note: ${fault}`);
  const own = ownLanguages(flags.languages, train, dev);
  if (flags.dryRun) return printPlan(await planOf(flags, { train, dev, own, hubCache: config.hubCache }), flags.json);

  const chosen = await getBase(flags.base, config);
  const base = await locateBase({ ...config, base: chosen });
  const folder = await WorkFolder.open(work, { ...settingsOf(flags), chosen }, [...train, ...dev]);
  for (const name of [SHARED_ADAPTER, ...own])
    if (!(await trainAdapter(name, { flags, base, folder, train, dev }))) return stopped(flags.json);

  const kept = own.filter((language) => beatsShared(folder.finished(language)!));
  await register([SHARED_ADAPTER, ...kept], base, folder);
  for (const language of own) if (!kept.includes(language)) await warnOfOlder(language, base);
  await writeChosenBase(config.dataDir, chosen);
  if (process.env['EVENKEEL_BASE'])
    printNote(`EVENKEEL_BASE is set and goes before this base: ${process.env['EVENKEEL_BASE']}`);
  const figures = await measureServed({ ...config, base: chosen }, dev);
  await writeCards([SHARED_ADAPTER, ...kept], { flags, base, train, figures });
  await report(flags, { base, chosen, own, kept, folder, figures });
}

/** Everything of the flags that decides what comes out. */
function settingsOf({ r, epochs, batchPosts, learningRate, seed }: BootstrapFlags) {
  return { r, epochs, batchPosts, learningRate, seed };
}

/** Languages to try an own adapter for: asked for, or all that have both labels to learn from and to choose by. */
function ownLanguages(asked: string[] | undefined, train: readonly Example[], dev: readonly Example[]): string[] {
  const hasBoth = (posts: readonly Example[], language: string): boolean =>
    new Set(posts.flatMap((post) => (post.language === language ? [post.label] : []))).size === 2;
  const able = [...new Set(train.map(({ language }) => language))]
    .filter((language) => hasBoth(train, language) && hasBoth(dev, language))
    .sort();
  for (const language of asked ?? [])
    if (!able.includes(language))
      throw new EvenkeelError('input', `The data hold too little in ${language} for an adapter of its own`, {
        hint: `It needs posts of both labels for training and for dev. These have them: ${able.join(', ')}.`,
      });
  return asked ?? able;
}

/** The base as it will be named in the data folder: a folder, or a model of the hub at the commit that it is now. */
async function getBase(text: string, { hubCache }: Config): Promise<string> {
  if (existsSync(text)) return resolve(text);
  await pullWithProgress(repositoryOf(text));
  return exactBase(text, hubCache);
}

interface Job {
  flags: BootstrapFlags;
  base: Base;
  folder: WorkFolder;
  train: readonly Example[];
  dev: readonly Example[];
}

/** Trains `multi`, or a language's adapter from it, unless that is done. False where it was stopped. */
async function trainAdapter(name: string, { flags, base, folder, train, dev }: Job): Promise<boolean> {
  if (folder.finished(name)) return true;
  const isOf = (post: Example): boolean => name === SHARED_ADAPTER || post.language === name;
  const { epochs, batchPosts, seed, threads, device } = flags;
  const options: TrainOptions = {
    base: base.folder,
    baseName: base.name,
    method: { lora: loraOf(flags) },
    ...(name !== SHARED_ADAPTER && { from: folder.adapter(SHARED_ADAPTER) }),
    data: [await folder.write(`${name}.train.jsonl`, train.filter(isOf))],
    dev: [await folder.write(`${name}.dev.jsonl`, dev.filter(isOf))],
    out: folder.adapter(name),
    epochs,
    batchPosts,
    learningRate: rateOf(name, flags),
    warmup: 0.06,
    dropout: 0.1,
    weightDecay: 0.01,
    seed,
    threads,
    device,
    saveEvery: 180,
    dtype: 'F32',
  };
  const result = await trainWithProgress({ kind: 'train', options }, name);
  if (result.finished) await folder.finish(name, result);
  return result.finished;
}

async function stopped(json: boolean | undefined): Promise<void> {
  process.exitCode = 130;
  await (json ? printJson({ finished: false }) : printLine(STOPPED));
}
