import { existsSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { SHARED_ADAPTER } from '../classifier/router.ts';
import { copyAdapter } from '../model/adapter-folders.ts';
import { locateBase } from '../model/base.ts';
import { readBertConfig } from '../model/checkpoint.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import {
  listAdapters,
  openAdapter,
  originOf,
  showAdapter,
  unknownAdapter,
  type AdapterFlags,
} from './adapters/listing.ts';
import { versionCommands } from './adapters/version-commands.ts';
import { printJson, printLine, printNote } from './print.ts';
import { addSettings, configOf } from './settings.ts';

/** A language's code, or `multi`. */
const NAME = /^[a-z][a-z0-9-]{1,31}$/;

export function addAdapters(program: Command): void {
  const adapters = program
    .command('adapters')
    .description(
      "The adapters of a base: those that came with it, and those in the data folder. Reads and writes PEFT's format. " +
        'Each subcommand has --json.',
    )
    .addHelpText(
      'after',
      `
An adapter is named for the language whose posts it answers; ${SHARED_ADAPTER} answers for all others. One in the data folder goes
before one of its name that came with the base. A running \`evenkeel start\` takes them at its next start.

What was trained here on moderators' decisions is in the database (versions, promote, rollback, diff, save), answers for one
community (en-c12: English of community 12), and is taken by running processes at once.

Example: an adapter that PEFT has trained on the base in use
  $ evenkeel adapters import ./my-peft-adapter --name es`,
    );
  const commands = [
    adapters
      .command('list')
      .description('Name, version, rank, targets and size of each adapter, and where it is from.')
      .option('--json', 'print {"base", "adapters": [{"name", "version", "r", "targets", "size", "origin", "folder"}]}')
      .action(listAdapters),
    adapters
      .command('show')
      .argument('<name>', 'an adapter of `evenkeel adapters list`')
      .description('The settings of an adapter, how many parameters it has, and its model card.')
      .option('--json', 'print {"name", "version", "settings", "scaling", "parameters", "base", "folder", "card"}')
      .action(showAdapter),
    adapters
      .command('import')
      .argument('<folder>', 'adapter_config.json and adapter_model.safetensors, as PEFT or `evenkeel train` write them')
      .requiredOption('--name <name>', `the language that it answers for (ISO 639-1), or ${SHARED_ADAPTER}`)
      .description('Checks an adapter against the base and puts it into the data folder.')
      .option('--replace', 'in the place of the adapter of that name')
      .option('--json', 'print {"name", "version", "folder"}')
      .action(importAdapter),
    adapters
      .command('export')
      .argument('<name>', 'an adapter of `evenkeel adapters list`')
      .argument('<folder>', 'where it goes; PeftModel.from_pretrained(model, folder) loads it')
      .description("Writes an adapter to a folder in PEFT's format.")
      .option('--json', 'print {"name", "version", "folder"}')
      .action(exportAdapter),
    adapters
      .command('remove')
      .argument('<name>', 'an adapter in the data folder')
      .description('Removes an adapter from the data folder; one of its name that came with the base answers again.')
      .option('--force', `even ${SHARED_ADAPTER}, without which nothing is classified`)
      .option('--json', 'print {"name", "removed"}')
      .action(removeAdapter),
    ...versionCommands(adapters),
  ];
  for (const command of commands) addSettings(command, ['dataDir', 'base']);
}

async function importAdapter(
  folder: string,
  { json, name, replace, ...flags }: AdapterFlags & { name: string; replace?: boolean },
): Promise<void> {
  if (!NAME.test(name))
    throw new EvenkeelError('usage', `${JSON.stringify(name)} is no name for an adapter`, {
      hint: `Name it for its language (es, de, …), or ${SHARED_ADAPTER}.`,
    });
  const base = await locateBase(configOf(flags));
  const target = join(base.adaptersFolder!, name);
  const adapter = await copyAdapter(folder, target, await readBertConfig(base.folder), { replace });
  if (adapter.base !== '' && basename(adapter.base) !== basename(base.name))
    printNote(
      `It was trained on ${adapter.base}, this base is ${base.name}: unless their weights are the same, its scores mean nothing.`,
    );
  if (json) await printJson({ name, version: adapter.version, folder: target });
  else await printLine(`${name} (version ${adapter.version}) is an adapter of ${base.name} now, in ${target}.`);
}

async function exportAdapter(name: string, folder: string, { json, ...flags }: AdapterFlags): Promise<void> {
  const { base, folder: from } = await openAdapter(name, flags);
  const target = resolve(folder);
  const { version } = await copyAdapter(from, target, await readBertConfig(base.folder));
  await (json ? printJson({ name, version, folder: target }) : printLine(`Written to ${folder}.`));
}

async function removeAdapter(
  name: string,
  { json, force, ...flags }: AdapterFlags & { force?: boolean },
): Promise<void> {
  const base = await locateBase(configOf(flags));
  const folder = base.adapters.get(name);
  if (folder === undefined) throw unknownAdapter(name, base);
  if (originOf(base, folder) === 'base')
    throw new EvenkeelError('input', `${name} came with the base ${base.name}`, {
      hint: `Only adapters in the data folder can be removed; \`evenkeel adapters import FOLDER --name ${name}\` puts another before it.`,
    });
  const below = existsSync(join(base.folder, name));
  if (name === SHARED_ADAPTER && !below && !force)
    throw new EvenkeelError(
      'input',
      `Without ${SHARED_ADAPTER}, nothing is classified: it answers for every other language`,
      {
        hint: `Import another with --replace, or give --force.`,
      },
    );
  rmSync(folder, { recursive: true });
  if (json) return printJson({ name, removed: folder });
  await printLine(`Removed ${folder}.${below ? ` The ${name} that came with ${base.name} answers again.` : ''}`);
}
