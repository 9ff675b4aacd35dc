import { digestOf } from '../store/examples.ts';
import { findMarked, findVersions } from '../store/adapters.ts';
import type { AdapterRow } from '../store/adapters.ts';
import { findLedger, ledgerHash } from '../store/adapter-store.ts';
import type { FollowedLine } from '../store/adapter-store.ts';
import type { Handle } from '../store/statement.ts';

/** What a version was trained on, line by line, as far as it is still there. */
export interface VersionLedger {
  version: AdapterRow;
  lines: FollowedLine[];
}

/** What can be proved of a version. */
export interface Proof {
  name: string;
  version: string;
  state: AdapterRow['state'];
  examples: number;
  /** Texts past their term; texts that someone had erased: by number, as nothing else is left of them. */
  expired: number;
  erased: number[];
  /** Whether the lines are those that its hash was made of, and every text that is kept is the one that was learned from. */
  intact: boolean;
  /** Whether neither it nor a version that it came from learned from what was erased. */
  clean: boolean;
}

/** The ledgers of the versions that were trained here, the newest of each name first. */
export async function ledgersOf(handle: Handle, base: string, name?: string): Promise<VersionLedger[]> {
  const ledgers: VersionLedger[] = [];
  for (const version of await findVersions(handle, base, name)) {
    if (version.ledger === null) continue;
    ledgers.push({ version, lines: await findLedger(handle, version.id) });
  }
  return ledgers;
}

export async function verifyLedgers(handle: Handle, base: string, name?: string): Promise<Proof[]> {
  const marked = await findMarked(handle, base);
  return (await ledgersOf(handle, base, name)).map(({ version, lines }) => ({
    name: version.name,
    version: version.version,
    state: version.state,
    examples: lines.length,
    expired: lines.filter(({ state }) => state === 'expired').length,
    erased: lines.flatMap(({ state, example }) => (state === 'erased' ? [example] : [])),
    intact:
      ledgerHash(lines) === version.ledger &&
      lines.every(({ sealed, digest }) => sealed === null || digestOf(sealed) === digest),
    clean: !marked.has(version.id),
  }));
}
