import { EvenkeelError } from '../runtime/errors.ts';
import {
  activateAdapter,
  announceAdapters,
  findActive,
  findMarked,
  findServedBefore,
  findVersions,
  retireAdapter,
} from '../store/adapters.ts';
import type { AdapterRow, AdapterVersion } from '../store/adapters.ts';
import { findFiles } from '../store/adapter-store.ts';
import { recordAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import type { Handle } from '../store/statement.ts';

/** Serves a version from now on, in every process. In the caller's transaction, so that it is told once it is so. */
export async function serve(tx: Handle, row: AdapterRow, by: string): Promise<void> {
  await activateAdapter(tx, row);
  await announceAdapters(tx);
  await recordAudit(tx, {
    communityId: row.communityId,
    who: by,
    what: 'promote',
    details: { adapter: row.name, version: row.version },
  });
}

/**
 * An operator serves a version, by the first characters of it. Throws `input` where there is none such, its files are no
 * longer kept, it learned from what was erased, or its gate refused it and `force` is not given.
 */
export function promote(
  database: Database,
  { base, name, version }: AdapterVersion,
  { by, force }: { by: string; force: boolean },
): Promise<AdapterRow> {
  return database.transaction(async (tx) => {
    const versions = await findVersions(tx, base, name);
    const found = versions.filter((each) => each.version.startsWith(version));
    const [row] = found;
    if (row === undefined || found.length > 1) {
      const known = versions.map((each) => each.version).join(', ');
      throw unfit(`${name} has no one version ${version}`, known === '' ? 'It has none.' : `It has ${known}.`);
    }
    if ((await findMarked(tx, base)).has(row.id))
      throw unfit(`${name} ${row.version} learned from what was erased`, 'Serve another version.');
    if ((await findFiles(tx, row)).size === 0)
      throw unfit(`The files of ${name} ${row.version} are no longer kept`, 'Serve a newer version.');
    const refused = row.servedAt === null && (row.lesson?.refusals.length ?? 0) > 0;
    if (refused && !force)
      throw unfit(
        `${name} ${row.version} was refused by its gate`,
        '`evenkeel adapters show` says why; --force serves it all the same.',
      );
    await serve(tx, row, by);
    return row;
  });
}

/**
 * Goes back to what was served before: the latest earlier version that may still be served, else what came with the base.
 * Returns the version that was left and the one that answers now (null: the base's own). Null where none is served.
 */
export async function rollBack(
  tx: Handle,
  { base, name }: Pick<AdapterVersion, 'base' | 'name'>,
  { by, why }: { by: string; why: string },
): Promise<{ from: AdapterRow; to: AdapterRow | null } | null> {
  const from = await findActive(tx, base, name);
  if (from === null) return null;
  const marked = await findMarked(tx, base);
  let to: AdapterRow | null = null;
  for (const row of await findServedBefore(tx, from)) {
    // Only what was served before it: what it took the place of, never what took the place of that.
    const isEarlier = row.servedAt! < from.servedAt!;
    if (to === null && isEarlier && !marked.has(row.id) && (await findFiles(tx, row)).size > 0) to = row;
  }
  if (to === null) await retireAdapter(tx, from.id);
  else await activateAdapter(tx, to, { again: true });
  await announceAdapters(tx);
  const details = { adapter: name, from: from.version, to: to?.version ?? null, why };
  await recordAudit(tx, { communityId: from.communityId, who: by, what: 'rollback', details });
  return { from, to };
}

function unfit(message: string, hint: string): EvenkeelError {
  return new EvenkeelError('input', message, { hint });
}
