import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { SHARED_ADAPTER } from '../classifier/router.ts';
import { locateBase, type Base } from '../model/base.ts';
import { checkCheckpoint, readBertConfig } from '../model/checkpoint.ts';
import { bytesIn, findSnapshot, isComplete, listSnapshots, removeSnapshot, type Snapshot } from '../model/hub-cache.ts';
import { lockModel } from '../model/hub-lock.ts';
import { formatRepository, repositoryOf } from '../model/repository.ts';
import { openTokenizer } from '../model/tokenizer.ts';
import { readChosenBase, writeChosenBase } from '../runtime/chosen-base.ts';
import { BUNDLED_BASE, type Flags } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { loadHubSettings } from '../runtime/hub-settings.ts';
import { createProgress, type Progress } from '../runtime/progress.ts';
import { printJson, printLine, printTable } from './print.ts';
import { addSettings, configOf } from './settings.ts';

interface ModelFlags extends Pick<Flags, 'dataDir'> {
  force?: boolean;
  json?: boolean;
}

const BUNDLED = basename(BUNDLED_BASE);

const REPOSITORY = 'a model on the Hugging Face hub, org/name or org/name@revision';

export function addModel(program: Command): void {
  const model = program
    .command('model')
    .description(
      'Base models of the Hugging Face hub: gets, lists, chooses and removes them. Each subcommand has --json.',
    )
    .addHelpText(
      'after',
      `
Environment:
  HF_ENDPOINT      another hub, or a mirror (default https://huggingface.co)
  HF_TOKEN         for private and gated models (default what \`hf auth login\` stored)
  HF_HOME, HF_HUB_CACHE, XDG_CACHE_HOME   where models are kept (default ~/.cache/huggingface/hub, shared with other programs)
  HF_HUB_OFFLINE   1: ask nothing of the network

Example:
  $ evenkeel model pull google-bert/bert-base-multilingual-cased
  $ evenkeel model use google-bert/bert-base-multilingual-cased`,
    );
  model
    .command('pull')
    .argument('<repository>', REPOSITORY)
    .description(
      'Gets what a BERT needs, and nothing else, into the shared model cache; a cut pull goes on where it stopped.',
    )
    .option('--json', 'print {"id", "revision", "commit", "folder", "downloaded"}')
    .action(pull);
  const list = model
    .command('list')
    .description('The base models on this machine: the bundled one, and those in the shared cache that are BERT.')
    .option('--json', 'print {"models": [{"name", "revisions", "commit", "folder", "size", "complete", "inUse"}]}')
    .action(listModels);
  const use = model
    .command('use')
    .argument('<model>', `${REPOSITORY}; a folder; or "${BUNDLED}" for the bundled one`)
    .description('Chooses the base for a data folder: what start, classify and the others use without --base.')
    .option('--json', 'print {"base", "folder", "adapters"}')
    .action(useModel);
  const remove = model
    .command('remove')
    .argument('<repository>', `${REPOSITORY}; without a revision all of them`)
    .description('Removes a model from the shared cache, but for files that another revision of it needs.')
    .option('--force', 'even where it is in use; the bundled one is used then')
    .option('--json', 'print {"removed": [{"id", "commit"}], "freed"}')
    .action(removeModel);
  for (const each of [list, use, remove]) addSettings(each, ['dataDir']);
}

async function pull(text: string, { json }: ModelFlags): Promise<void> {
  const repository = repositoryOf(text);
  const { pullModel } = await import('../model/hub.ts');
  let bar: Progress | null = null;
  try {
    const pulled = await pullModel(loadHubSettings(process.env), repository, {
      onProgress: (done, total, initial) => {
        const [unit, size] = total >= 1e7 ? (['MB', 1e6] as const) : (['kB', 1e3] as const);
        const rounded = (bytes: number): number => Math.round(bytes / size);
        bar ??= createProgress({ label: 'pull', total: rounded(total), unit, initial: rounded(initial) });
        bar.update(rounded(done));
      },
      onNote: printNote,
    });
    (bar as Progress | null)?.finish();
    if (json) await printJson(pulled);
    else
      await printLine(
        `${pulled.id} (${pulled.revision}, commit ${pulled.commit.slice(0, 12)}) is in ${pulled.folder}.\n` +
          `\`evenkeel model use ${formatRepository(repository)}\` makes it the base.`,
      );
  } finally {
    (bar as Progress | null)?.finish();
  }
}

async function listModels({ json, ...flags }: ModelFlags): Promise<void> {
  const config = configOf(flags);
  const inUse = await locateBase(config).catch(() => null);
  const models = [];
  for (const found of [await bundled(), ...(await listSnapshots(config.hubCache))]) {
    // Other kinds of models share the cache.
    if ((await readBertConfig(found.folder).catch(() => null)) === null) continue;
    const { id: name, revisions, commit, folder, size } = found;
    const isUsed = inUse !== null && resolve(inUse.folder) === resolve(folder);
    models.push({ name, revisions, commit, folder, size, complete: await isComplete(folder), inUse: isUsed });
  }
  if (json) return printJson({ models });
  await printTable([
    ['', 'model', 'revision', 'commit', 'size'],
    ...models.map(({ name, revisions, commit, size, complete, inUse: isUsed }) => [
      isUsed ? '*' : '',
      name,
      revisions.join(', '),
      commit === null ? 'bundled' : commit.slice(0, 12),
      `${megabytes(size)}${complete ? '' : ', not whole: pull it again'}`,
    ]),
  ]);
  if (!models.some((each) => each.inUse)) await printLine(`In use: ${config.base}`);
}

async function bundled(): Promise<Omit<Snapshot, 'commit'> & { commit: null }> {
  const size = await bytesIn(BUNDLED_BASE);
  return { id: BUNDLED, revisions: [], commit: null, folder: BUNDLED_BASE, size };
}

async function useModel(text: string, { json, ...flags }: ModelFlags): Promise<void> {
  const config = configOf(flags);
  const chosen = text === BUNDLED ? null : await exactBase(text, config.hubCache);
  const base = await locateBase({ ...config, base: chosen ?? BUNDLED_BASE });
  const { vocab_size: vocabSize } = await checkCheckpoint(base.folder);
  await openTokenizer(base.folder, vocabSize);
  await writeChosenBase(config.dataDir, chosen);
  if (process.env['EVENKEEL_BASE'])
    process.stderr.write(`EVENKEEL_BASE is set and goes before this choice: ${process.env['EVENKEEL_BASE']}\n`);
  const adapters = [...base.adapters.keys()];
  if (json) return printJson({ base: chosen ?? BUNDLED, folder: base.folder, adapters });
  await printLine(`${base.name} is the base for ${config.dataDir}${usesOf(base)}`);
}

/** A repository with the commit that it is now: what is served does not change when a branch moves. */
async function exactBase(text: string, hubCache: string): Promise<string> {
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

async function removeModel(text: string, { json, force, ...flags }: ModelFlags): Promise<void> {
  const repository = repositoryOf(text);
  const config = configOf(flags);
  const one = text.includes('@') ? await findSnapshot(config.hubCache, repository) : null;
  const found = (await listSnapshots(config.hubCache)).filter(
    ({ id, folder }) => id === repository.id && (!text.includes('@') || folder === one),
  );
  if (found.length === 0)
    throw new EvenkeelError('input', `${text} is not in the model cache`, { hint: 'See `evenkeel model list`.' });
  const inUse = await locateBase(config).catch(() => null);
  const used = found.some(({ folder }) => inUse !== null && resolve(inUse.folder) === folder);
  if (used && !force)
    throw new EvenkeelError('input', `${text} is the base in use`, {
      hint: `Choose another with \`evenkeel model use\` (${BUNDLED} is the bundled one), or give --force.`,
    });
  const unlock = await lockModel(config.hubCache, repository.id, printNote);
  let freed = 0;
  try {
    for (const snapshot of found) freed += await removeSnapshot(config.hubCache, snapshot);
  } finally {
    unlock();
  }
  if (used && readChosenBase(config.dataDir) !== null) await writeChosenBase(config.dataDir, null);
  const removed = found.map(({ id, commit }) => ({ id, commit }));
  if (json) return printJson({ removed, freed });
  await printLine(
    `Removed ${removed.map(({ id, commit }) => `${id}@${commit.slice(0, 12)}`).join(', ')}: ${megabytes(freed)} are free.`,
  );
}

function printNote(note: string): void {
  process.stderr.write(`${note}\n`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
