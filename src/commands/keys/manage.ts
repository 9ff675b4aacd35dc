import type { Flags } from '../../runtime/config.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { createProgress } from '../../runtime/progress.ts';
import { loadKeys } from '../../runtime/secrets.ts';
import { countSealed, reseal } from '../../store/reseal.ts';
import type { SealedCount } from '../../store/reseal.ts';
import { createSeal } from '../../store/seal.ts';
import type { Seal } from '../../store/seal.ts';
import { withDatabase } from '../open-store.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { configOf } from '../settings.ts';

interface KeyFlags extends Flags {
  json?: boolean;
}

export async function showKeys({ json, ...flags }: KeyFlags): Promise<void> {
  const seal = sealOf(flags);
  const counts = await withDatabase(flags, ({ handle }) => countSealed(handle));
  const rows = counts.map((each) => ({ ...each, given: givenAs(seal, each.key) }));
  if (json) return printJson(rows);
  if (rows.length === 0) return printLine('Nothing is sealed.');
  await printTable([
    ['where', 'key', 'is', 'rows'],
    ...rows.map(({ where, key, given, rows: count }) => [where, nameOf(key), given ?? 'not given', String(count)]),
  ]);
  if (rows.some(({ given }) => given === null)) await printLine(`\n${missing(rows.filter((r) => r.given === null))}`);
  else if (rows.some(({ given }) => given === 'old'))
    await printLine('\n`evenkeel keys rotate` seals it all with the current key.');
}

export async function rotateKeys({ json, ...flags }: KeyFlags): Promise<void> {
  const seal = sealOf(flags);
  const { current, old } = seal.ids;
  if (old.includes(current)) {
    throw new EvenkeelError('config', 'The new key cannot be told from an old one by its first byte', {
      hint: 'That is chance, once in 256 times: make another new key with `openssl rand -hex 32`.',
    });
  }
  await withDatabase(flags, async (database) => {
    const due = isOther(await countSealed(database.handle), current);
    const known = due.filter(({ key }) => old.includes(key));
    if (due.length > 0 && known.length === 0) {
      throw new EvenkeelError('config', `${rowsOf(due)} are sealed with a key that is not given`, {
        hint: 'Give it in EVENKEEL_OLD_KEYS, or in the file `old-keys` of the data folder, beside the new EVENKEEL_KEY.',
      });
    }
    const progress = createProgress({ label: 'rotate', total: sum(due), unit: 'rows' });
    const done = await reseal(database, seal, { onRows: (rows) => progress.update(rows) }).finally(() =>
      progress.finish(),
    );
    const left = isOther(await countSealed(database.handle), current);
    if (json) return printJson({ ...done, left: sum(left) });
    await printLine(`${done.resealed} rows are sealed with the current key now.`);
    if (left.length === 0)
      return printLine(
        'Nothing is under an old key any more: it can go from EVENKEEL_OLD_KEYS, or the file `old-keys`.',
      );
    const open = left.filter(({ key }) => old.includes(key));
    await printLine(
      open.length > 0 && done.unreadable === 0
        ? `${rowsOf(open)} came meanwhile from a process that still has the old key as EVENKEEL_KEY. Restart it with the new one, and rotate again.`
        : missing(left),
    );
    process.exitCode = 1;
  });
}

function sealOf(flags: Flags): Seal {
  return createSeal(loadKeys(process.env, configOf(flags).dataDir).reveal());
}

function givenAs({ ids }: Seal, key: number): 'current' | 'old' | null {
  if (key === ids.current) return 'current';
  return ids.old.includes(key) ? 'old' : null;
}

function isOther(counts: readonly SealedCount[], current: number): SealedCount[] {
  return counts.filter(({ key }) => key !== current);
}

function missing(counts: readonly SealedCount[]): string {
  return `${rowsOf(counts)} open with none of the given keys. Give the key they were sealed with in EVENKEEL_OLD_KEYS; if it is lost, texts go by themselves when their retention ends, and workspaces install the app again.`;
}

function rowsOf(counts: readonly SealedCount[]): string {
  return `${sum(counts)} rows (${counts.map(({ where, key, rows }) => `${rows} of ${where} under ${nameOf(key)}`).join(', ')})`;
}

function sum(counts: readonly SealedCount[]): number {
  return counts.reduce((total, { rows }) => total + rows, 0);
}

/** Two hex digits of its hash: enough to tell a few keys apart, and nothing to guess one by. */
function nameOf(key: number): string {
  return key.toString(16).padStart(2, '0');
}
