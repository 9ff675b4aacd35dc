import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { adapterFiles } from './schema.ts';
import type { AdapterVersion } from './adapters.ts';
import { recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';
import type { ExamplePart } from '../domain/example.ts';

/** The files of an adapter by name. */
export type AdapterFiles = ReadonlyMap<string, Uint8Array>;

/** Keeps the files of a version; what it has already stays. */
export async function storeFiles(tx: Handle, adapterId: number, files: AdapterFiles): Promise<void> {
  const rows = [...files].map(([name, bytes]) => ({ adapterId, name, bytes: Buffer.from(bytes) }));
  await tx.insert(adapterFiles).values(rows).onConflictDoNothing();
}

/** The files of a version; empty where they are no longer kept. */
export async function findFiles(handle: Handle, { base, name, version }: AdapterVersion): Promise<AdapterFiles> {
  const rows = await rowsOf<{ name: string; bytes: Uint8Array }>(
    handle,
    sql`select f.name, f.bytes from adapter_files f join adapters a on a.id = f.adapter_id
      where a.base = ${base} and a.name = ${name} and a.version = ${version}`,
  );
  return new Map(rows.map((row) => [row.name, row.bytes]));
}

/** Removes the files of versions that are neither served nor among the `kept` newest of their name, and of marked ones. */
export async function forgetFiles(tx: Handle, base: string, kept: number, marked: readonly number[]): Promise<void> {
  await tx.execute(
    sql`delete from adapter_files f using (
        select a.id, row_number() over (partition by a.name order by coalesce(a.served_at, a.created_at) desc) as place
        from adapters a where a.base = ${base} and a.state <> 'active'
      ) r where r.id = f.adapter_id and (r.place > ${kept} or r.id = any(${`{${marked.join(',')}}`}::bigint[]))`,
  );
}

/** One line of what a version was trained on. */
export interface LedgerLine {
  example: number;
  part: ExamplePart;
  probability: number;
  digest: string;
}

/** sha256 of what a version was trained on, line by line in the order of examples: what `adapters.ledger` holds. */
export function ledgerHash(lines: readonly LedgerLine[]): string {
  const hash = createHash('sha256');
  for (const { example, part, probability, digest } of lines.toSorted((a, b) => a.example - b.example))
    hash.update(`${example} ${part} ${probability} ${digest}\n`);
  return hash.digest('hex');
}

export async function storeLedger(tx: Handle, adapterId: number, lines: readonly LedgerLine[]): Promise<void> {
  await tx.execute(
    sql`insert into adapter_examples (adapter_id, example_id, part, probability, digest)
      select ${adapterId}, example, part, probability, digest
      from ${recordset(lines, 'example bigint, part text, probability float8, digest text')} r order by example
      on conflict do nothing`,
  );
}

/** A line and where its example is now: there, past its term, or erased. */
export interface FollowedLine extends LedgerLine {
  state: 'kept' | 'expired' | 'erased';
  /** Of the text as it is kept now; null where it is not. */
  sealed: Uint8Array | null;
  permission: string | null;
  moderators: number;
}

export function findLedger(handle: Handle, adapterId: number): Promise<FollowedLine[]> {
  return rowsOf(
    handle,
    sql`select x.example_id as example, x.part, x.probability, x.digest, t.sealed, e.permission,
        case when e.id is not null then 'kept' when x.expired_at is not null then 'expired' else 'erased' end as state,
        (select count(*) from labels l where l.flag_id = e.flag_id and l.revision = e.revision)::int as moderators
      from adapter_examples x
      left join examples e on e.id = x.example_id
      left join texts t on t.message_id = e.message_id and t.revision = e.revision
      where x.adapter_id = ${adapterId} order by x.example_id`,
  );
}
