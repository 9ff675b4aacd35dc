import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { SHARED_ADAPTER } from '../../classifier/router.ts';
import { locateBase, type Base } from '../../model/base.ts';
import { checkCheckpoint } from '../../model/checkpoint.ts';
import { openTokenizer } from '../../model/tokenizer.ts';
import { writeChosenBase } from '../../runtime/chosen-base.ts';
import { BUNDLED_BASE } from '../../runtime/config.ts';
import { printJson, printLine, printNote } from '../print.ts';
import { configOf } from '../settings.ts';
import { BUNDLED, type ModelFlags } from './listing.ts';

export async function useModel(text: string, { json, ...flags }: ModelFlags): Promise<void> {
  const config = configOf(flags);
  const chosen = text === BUNDLED ? null : await exactBase(text, config.hubCache);
  const base = await locateBase({ ...config, base: chosen ?? BUNDLED_BASE });
  const { vocab_size: vocabSize } = await checkCheckpoint(base.folder);
  await openTokenizer(base.folder, vocabSize);
  await writeChosenBase(config.dataDir, chosen);
  if (process.env['EVENKEEL_BASE'])
    printNote(`EVENKEEL_BASE is set and goes before this choice: ${process.env['EVENKEEL_BASE']}`);
  const adapters = [...base.adapters.keys()];
  if (json) return printJson({ base: chosen ?? BUNDLED, folder: base.folder, adapters });
  await printLine(`${base.name} is the base for ${config.dataDir}${usesOf(base)}`);
}

/** A repository with the commit that it is now: what is served does not change when a branch moves. */
export async function exactBase(text: string, hubCache: string): Promise<string> {
  if (existsSync(text)) return resolve(text);
  const base = await locateBase({ base: text, hubCache });
  return `${base.name}@${basename(base.folder)}`;
}

function usesOf({ name, adapters }: Base): string {
  if (adapters.has(SHARED_ADAPTER)) return `, with the adapters ${[...adapters.keys()].join(', ')}.`;
  return (
    `, but it has no adapter ${SHARED_ADAPTER} yet.\nTrain one with \`evenkeel train --base ${name} --out FOLDER\`, ` +
    `then \`evenkeel adapters import FOLDER --name ${SHARED_ADAPTER}\`.`
  );
}
