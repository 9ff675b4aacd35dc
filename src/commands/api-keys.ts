import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { hashOfKey, SCOPES } from '../console/api/api-access.ts';
import type { Scope } from '../console/api/api-access.ts';
import type { Flags } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { addApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts';
import type { Database } from '../store/database.ts';
import { printJson, printLine, printTable } from './print.ts';
import { addSettings, configOf } from './settings.ts';

const KEY_BYTES = 32;
const NAME = /^[\w.-]{1,64}$/;
const MOST_RATE = 10_000_000;

interface KeyFlags extends Flags {
  json?: boolean;
}

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
      .action(create),
    keys
      .command('list')
      .description('Names, scopes and rates, revoked ones included.')
      .option('--json', 'print [{"name", "scopes", "textsPerMinute", "createdAt", "revokedAt"}]')
      .action(list),
    keys
      .command('revoke')
      .argument('<name>', 'a key of `evenkeel api-keys list`')
      .description('Ends a key, within 15 seconds everywhere.')
      .option('--json', 'print {"name", "revoked": true}')
      .action(revoke),
  ];
  for (const command of commands) addSettings(command, ['dataDir']);
}

async function create(
  name: string,
  { json, scope, textsPerMinute, ...flags }: KeyFlags & { scope: string[]; textsPerMinute: string },
): Promise<void> {
  if (!NAME.test(name)) {
    throw new EvenkeelError('usage', `${JSON.stringify(name)} is no name for a key`, {
      hint: 'Use up to 64 letters, digits, `.`, `_` and `-`.',
    });
  }
  const unknown = scope.find((each) => !SCOPES.includes(each as Scope));
  if (unknown !== undefined) {
    throw new EvenkeelError('usage', `There is no scope ${unknown}`, { hint: `Scopes are ${SCOPES.join(' and ')}.` });
  }
  const rate = Number(textsPerMinute);
  if (!/^\d+$/.test(textsPerMinute) || rate < 1 || rate > MOST_RATE) {
    throw new EvenkeelError('usage', `--texts-per-minute is ${textsPerMinute}`, {
      hint: `Give a whole number from 1 to ${MOST_RATE}.`,
    });
  }
  const key = `ek_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const added = await withDatabase(flags, ({ handle }) =>
    addApiKey(handle, { name, hash: hashOfKey(key), scopes: [...new Set(scope)], textsPerMinute: rate }),
  );
  if (!added) {
    throw new EvenkeelError('input', `There is a key ${name} already`, {
      hint: `Choose another name, or \`evenkeel api-keys revoke ${name}\` first.`,
    });
  }
  if (json) await printJson({ name, key });
  else await printLine(`${key}\nKeep it now: it is not shown again.`);
}

async function list({ json, ...flags }: KeyFlags): Promise<void> {
  const keys = await withDatabase(flags, ({ handle }) => listApiKeys(handle));
  if (json) return printJson(keys.map(({ id: _id, ...key }) => key));
  if (keys.length === 0) return printLine('There are no keys. `evenkeel api-keys create NAME` makes one.');
  await printTable([
    ['name', 'scopes', 'texts a minute', 'created', 'revoked'],
    ...keys.map(({ name, scopes, textsPerMinute, createdAt, revokedAt }) => [
      name,
      scopes.join(' '),
      String(textsPerMinute),
      day(createdAt),
      revokedAt === null ? '' : day(revokedAt),
    ]),
  ]);
}

async function revoke(name: string, { json, ...flags }: KeyFlags): Promise<void> {
  if (!(await withDatabase(flags, ({ handle }) => revokeApiKey(handle, name)))) {
    throw new EvenkeelError('input', `There is no key ${name} that still holds`, {
      hint: 'See `evenkeel api-keys list`.',
    });
  }
  await (json ? printJson({ name, revoked: true }) : printLine(`${name} is revoked.`));
}

async function withDatabase<T>(flags: Flags, work: (database: Database) => Promise<T>): Promise<T> {
  const [{ openDatabase }, { addressOf }] = await Promise.all([
    import('../store/database.ts'),
    import('../roles/foundation.ts'),
  ]);
  const database = await openDatabase(addressOf(configOf(flags).database));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
