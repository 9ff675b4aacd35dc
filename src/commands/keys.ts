import type { Command } from 'commander';
import { addSettings } from './settings.ts';

export function addKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description(
      'The keys that texts and tokens are sealed with at rest (EVENKEEL_KEY, EVENKEEL_OLD_KEYS). Each subcommand has --json.',
    )
    .addHelpText(
      'after',
      `
To replace a key, give every process the new one as EVENKEEL_KEY and the one before it in EVENKEEL_OLD_KEYS; without these
variables, in the files "key" and "old-keys" of the data folder. Then rotate, and take the old key away. With the embedded
database, stop \`evenkeel start\` first. deploy/README.md, "Another key", has the steps for a fleet.

Example:
  $ evenkeel keys show
  $ evenkeel keys rotate`,
    );
  const show = keys
    .command('show')
    .description('How much is stored under which key, and whether that key is given.')
    .option('--json', 'print [{"where", "key", "given": "current" | "old" | null, "rows"}]')
    .action(async (flags) => (await import('./keys/manage.ts')).showKeys(flags));
  const rotate = keys
    .command('rotate')
    .description(
      'Seals with the current key all that old ones sealed. Stopped at any moment, it goes on with the rest.',
    )
    .option('--json', 'print {"resealed", "unreadable", "left"}')
    .action(async (flags) => (await import('./keys/manage.ts')).rotateKeys(flags));
  for (const each of [show, rotate]) addSettings(each, ['dataDir']);
}
