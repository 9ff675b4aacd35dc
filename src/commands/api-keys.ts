import type { Command } from 'commander';
import { SCOPES } from '../console/api/api-access.ts';
import { addSettings } from './settings.ts';

export function addApiKeys(program: Command): void {
  const keys = program
    .command('api-keys')
    .description(
      'Keys of the HTTP API (POST /v1/classify, and the Open Inference Protocol below /v2), which other tools send as ' +
        '`Authorization: Bearer KEY`. Only their hashes are stored. Each subcommand has --json.',
    )
    .addHelpText(
      'after',
      `
A server that only this machine can reach asks for no key. With the embedded database, stop \`evenkeel start\` first.

Example:
  $ evenkeel api-keys create analytics --texts-per-minute 6000`,
    );
  const commands = [
    keys
      .command('create')
      .argument('<name>', 'who it is for: letters, digits, `.`, `_` and `-`')
      .description('Makes a key and prints it, this once.')
      .option('--scope <scope...>', `what it is for: ${SCOPES.join(', ')}`, ['classify'])
      .option('--texts-per-minute <number>', 'its rate at each process that answers', '6000')
      .option('--json', 'print {"name", "key"}')
      .action(async (name, flags) => (await import('./api-keys/manage.ts')).createKey(name, flags)),
    keys
      .command('list')
      .description('Names, scopes and rates, revoked ones included.')
      .option('--json', 'print [{"name", "scopes", "textsPerMinute", "createdAt", "revokedAt"}]')
      .action(async (flags) => (await import('./api-keys/manage.ts')).listKeys(flags)),
    keys
      .command('revoke')
      .argument('<name>', 'a key of `evenkeel api-keys list`')
      .description('Ends a key, within 15 seconds everywhere.')
      .option('--json', 'print {"name", "revoked": true}')
      .action(async (name, flags) => (await import('./api-keys/manage.ts')).revokeKey(name, flags)),
  ];
  for (const command of commands) addSettings(command, ['dataDir']);
}
