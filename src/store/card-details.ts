import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Report } from '../domain/flag.ts';
import type { Label } from '../domain/label.ts';
import { flags, labels, reports } from './schema.ts';
import type { Seal, SealedRow } from './seal.ts';
import type { Handle } from './statement.ts';

/** A flag at its present revision, and what its sealed words are bound to. */
export interface FlagAtRevision {
  flag: string;
  row: SealedRow;
}

/** The labels of these flags' present revisions by flag; the first to answer comes first, whatever they changed later. */
export async function findLabelsOf(
  handle: Handle,
  seal: Seal,
  found: readonly FlagAtRevision[],
): Promise<Map<string, Label[]>> {
  const rowOf = new Map(found.map(({ flag, row }) => [flag, row]));
  if (rowOf.size === 0) return new Map();
  const stored = await handle
    .select({ label: labels })
    .from(labels)
    .innerJoin(flags, and(eq(flags.id, labels.flagId), eq(flags.revision, labels.revision)))
    .where(inArray(labels.flagId, [...rowOf.keys()]))
    .orderBy(asc(labels.firstAt), asc(labels.moderator));
  return listsBy(
    stored.map(({ label: { flagId, moderator, answer, targets, manifestations, note, at } }) => [
      flagId,
      { moderator, answer, targets, manifestations, note: openWords(seal, note, rowOf.get(flagId)!), at },
    ]),
  );
}

/** Every report of these flags' messages, oldest first. */
export async function findReportsOf(
  handle: Handle,
  seal: Seal,
  found: readonly FlagAtRevision[],
): Promise<Map<string, Report[]>> {
  const rowOf = new Map(found.map(({ flag, row }) => [flag, row]));
  if (rowOf.size === 0) return new Map();
  const stored = await handle
    .select()
    .from(reports)
    .where(inArray(reports.flagId, [...rowOf.keys()]))
    .orderBy(asc(reports.at), asc(reports.id));
  return listsBy(
    stored.map(({ flagId, reporter, reason, revision, at }) => [
      flagId,
      { by: reporter, reason: openWords(seal, reason, { ...rowOf.get(flagId)!, revision }), at },
    ]),
  );
}

export function openWords(seal: Seal, sealed: Uint8Array | null, row: SealedRow): string | null {
  return sealed === null ? null : seal.open(sealed, row);
}

export function sealWords(seal: Seal, words: string | null, row: SealedRow): Buffer | null {
  return words === null ? null : seal.seal(words, row);
}

function listsBy<T>(entries: readonly (readonly [string, T])[]): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const [key, value] of entries) {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return lists;
}
