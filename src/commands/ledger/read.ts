import { ledgersOf, verifyLedgers } from '../../pipeline/ledger.ts';
import type { Flags } from '../../runtime/config.ts';
import { withStore } from '../open-store.ts';
import { printJson, printLine, printTable } from '../print.ts';

export interface LedgerFlags extends Flags {
  json?: boolean;
}

export async function showLedger(adapter: string | undefined, { json, ...flags }: LedgerFlags): Promise<void> {
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

export async function verifyLedger(adapter: string | undefined, { json, ...flags }: LedgerFlags): Promise<void> {
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
