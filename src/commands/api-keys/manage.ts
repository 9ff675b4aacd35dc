import { randomBytes } from 'node:crypto';
import { hashOfKey, SCOPES } from '../../console/api/api-access.ts';
import type { Scope } from '../../console/api/api-access.ts';
import type { Flags } from '../../runtime/config.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { addApiKey, listApiKeys, revokeApiKey } from '../../store/api-keys.ts';
import { withDatabase } from '../open-store.ts';
import { printJson, printLine, printTable } from '../print.ts';

const KEY_BYTES = 32;
const NAME = /^[\w.-]{1,64}$/;
const MOST_RATE = 10_000_000;

interface KeyFlags extends Flags {
  json?: boolean;
}

export async function createKey(
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

export async function listKeys({ json, ...flags }: KeyFlags): Promise<void> {
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

export async function revokeKey(name: string, { json, ...flags }: KeyFlags): Promise<void> {
  if (!(await withDatabase(flags, ({ handle }) => revokeApiKey(handle, name)))) {
    throw new EvenkeelError('input', `There is no key ${name} that still holds`, {
      hint: 'See `evenkeel api-keys list`.',
    });
  }
  await (json ? printJson({ name, revoked: true }) : printLine(`${name} is revoked.`));
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
