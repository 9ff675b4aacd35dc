import type { Command } from 'commander';
import { ledgersOf, verifyLedgers } from '../pipeline/ledger.ts';
import type { Flags } from '../runtime/config.ts';
import { withStore } from './open-store.ts';
import { printJson, printLine, printTable } from './print.ts';
import { addSettings } from './settings.ts';

interface LedgerFlags extends Flags {
  json?: boolean;
}

export function addLedger(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('What adapters were trained on, by number: no text, no person. Each subcommand has --json.')
    .addHelpText(
      'after',
      `
An example is there only while its post's text is kept. What its author, the platform or an administrator had erased is named
by its number, and the version that had learned from it is taken out of service by the next training run.

Example:
  $ evenkeel ledger verify`,
    );
  const commands = [
    ledger
      .command('show')
      .argument('[adapter]', 'only this one, such as en-c12')
      .description('Every example of each version: its part, its probability, its permission, how many decided.')
      .option('--json', 'print {"versions": [{"name", "version", "state", "ledger", "examples": [...]}]}')
      .action(show),
    ledger
      .command('verify')
      .argument('[adapter]', 'only this one, such as en-c12')
      .description(
        'Proves what each version was trained on. Fails where a ledger was tampered with, or a served version is not clean.',
      )
      .option(
        '--json',
        'print {"versions": [{"name", "version", "state", "examples", "expired", "erased", "intact", "clean"}]}',
      )
      .action(verify),
  ];
  for (const command of commands) addSettings(command, ['dataDir', 'base']);
}

async function show(adapter: string | undefined, { json, ...flags }: LedgerFlags): Promise<void> {
  const ledgers = await withStore(flags, ({ database, baseKey }) => ledgersOf(database.handle, baseKey, adapter));
  const versions = ledgers.map(({ version: { name, version, state, ledger }, lines }) => ({
    name,
    version,
    state,
    ledger,
    examples: lines.map(({ example, part, probability, state: text, moderators, permission }) => ({
      example,
      part,
      probability,
      text,
      moderators,
      permission,
    })),
  }));
  if (json) return printJson({ versions });
  if (versions.length === 0) return printLine('No adapter was trained here yet.');
  for (const { name, version, state, ledger: hash, examples } of versions) {
    await printLine(`${name} ${version} (${state}), sha256 ${hash}`);
    await printTable([
      ['example', 'part', 'probability', 'text', 'answers', 'permission'],
      ...examples.map((each) => [
        String(each.example),
        each.part,
        each.probability.toFixed(2),
        each.text,
        String(each.moderators),
        each.permission ?? '',
      ]),
    ]);
  }
}

async function verify(adapter: string | undefined, { json, ...flags }: LedgerFlags): Promise<void> {
  const versions = await withStore(flags, ({ database, baseKey }) => verifyLedgers(database.handle, baseKey, adapter));
  if (versions.some(({ intact, clean, state }) => !intact || (state === 'active' && !clean))) process.exitCode = 1;
  if (json) return printJson({ versions });
  if (versions.length === 0) return printLine('No adapter was trained here yet.');
  await printTable([
    ['adapter', 'version', 'state', 'examples', 'expired', 'erased', 'ledger', 'learned from erased posts'],
    ...versions.map((each) => [
      each.name,
      each.version,
      each.state,
      String(each.examples),
      String(each.expired),
      each.erased.join(' ') || '-',
      each.intact ? 'intact' : 'TAMPERED WITH',
      each.clean ? 'no' : 'yes',
    ]),
  ]);
}
