import type { Command } from 'commander';
import { addSettings } from './settings.ts';

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
      .action(async (adapter, flags) => (await import('./ledger/read.ts')).showLedger(adapter, flags)),
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
      .action(async (adapter, flags) => (await import('./ledger/read.ts')).verifyLedger(adapter, flags)),
  ];
  for (const command of commands) addSettings(command, ['dataDir', 'base']);
}
