import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { EvenkeelError } from '../runtime/errors.ts';
import { findLedger, ledgerHash } from './adapter-store.ts';
import { digestOf } from './examples.ts';
import type { Seal, SealedRow } from './seal.ts';
import { idArray, recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Where something sealed is stored: a column of a table, `x`, and what its bytes are bound to. */
interface SealedColumn {
  table: string;
  column: string;
  /** Primary key and the types of its columns, in order. */
  key: readonly (readonly [name: string, type: string])[];
  /** Joins that lead from `x` to its message `m`; null where it is an installation. */
  message: string | null;
}

const THROUGH_FLAG = 'join flags f on f.id = x.flag_id join messages m on m.id = f.message_id';
const BY_REVISION = [
  ['flag_id', 'uuid'],
  ['revision', 'bigint'],
] as const;

/** Everything that `Seal` seals. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    table: 'texts',
    column: 'sealed',
    key: [
      ['message_id', 'bigint'],
      ['revision', 'bigint'],
    ],
    message: 'join messages m on m.id = x.message_id',
  },
  { table: 'labels', column: 'note', key: [...BY_REVISION, ['moderator', 'text']], message: THROUGH_FLAG },
  { table: 'reports', column: 'reason', key: [['id', 'bigint']], message: THROUGH_FLAG },
  { table: 'escalations', column: 'reason', key: BY_REVISION, message: THROUGH_FLAG },
  { table: 'appeals', column: 'statement', key: BY_REVISION, message: THROUGH_FLAG },
  { table: 'appeals', column: 'answer', key: BY_REVISION, message: THROUGH_FLAG },
  {
    table: 'installations',
    column: 'sealed',
    key: [
      ['platform', 'text'],
      ['external_id', 'text'],
    ],
    message: null,
  },
];

/** How many rows of a column are sealed under a key, by the id that their first byte is. */
export interface SealedCount {
  where: string;
  key: number;
  rows: number;
}

export async function countSealed(handle: Handle): Promise<SealedCount[]> {
  const parts = SEALED_COLUMNS.map(
    ({ table, column }) =>
      sql`select ${`${table}.${column}`} as "where", get_byte(${sql.raw(column)}, 0) as key, count(*)::int as rows
        from ${sql.raw(table)} where length(${sql.raw(column)}) > 0 group by 2`,
  );
  return rowsOf(handle, sql`${sql.join(parts, sql` union all `)} order by 1, 2`);
}

/** Of the newest texts' keys those that none of the seal's have the id of: how a wrong key shows before anything is read. */
export async function findUnknownKeys(handle: Handle, { ids }: Seal): Promise<number[]> {
  const rows = await rowsOf<{ key: number }>(
    handle,
    sql`select distinct get_byte(sealed, 0) as key from (
        (select sealed from texts where length(sealed) > 0 order by received_at desc limit 1000)
        union all (select sealed from installations where length(sealed) > 0)
      ) s`,
  );
  return rows.map(({ key }) => key).filter((key) => key !== ids.current && !ids.old.includes(key));
}

export interface Resealed {
  resealed: number;
  /** Rows that none of the keys opens. They stay as they are. */
  unreadable: number;
}

/**
 * Seals with the current key what an old one sealed, `size` rows at a time, each batch for itself: stopped at any moment, it
 * goes on with what is left. A row that changes or goes meanwhile is left to whoever changed it.
 */
export async function reseal(
  { transaction }: { transaction<T>(work: (tx: Handle) => Promise<T>): Promise<T> },
  seal: Seal,
  { size = 500, onRows }: { size?: number; onRows?: (done: number) => void } = {},
): Promise<Resealed> {
  const total = { resealed: 0, unreadable: 0 };
  for (const place of SEALED_COLUMNS) {
    let after: OldRow | null = null;
    do {
      after = await transaction(async (tx) => {
        const rows = await selectOld(tx, place, seal.ids.current, after, size);
        const fresh = rows.flatMap((row) => sealAgain(seal, place, row));
        const written = await replace(tx, place, fresh);
        total.resealed += written;
        total.unreadable += rows.length - fresh.length;
        return rows.length < size ? null : rows.at(-1)!;
      });
      onRows?.(total.resealed + total.unreadable);
    } while (after !== null);
  }
  return total;
}

interface OldRow {
  sealed: Uint8Array;
  /** Of the primary key, as text. */
  key: string[];
  channel: number | null;
  message: string | null;
  revision: number | null;
}

interface FreshRow extends OldRow {
  fresh: Buffer;
}

function selectOld(
  tx: Handle,
  { table, column, key, message }: SealedColumn,
  current: number,
  after: OldRow | null,
  size: number,
): Promise<OldRow[]> {
  const names = sql.raw(key.map(([name]) => `x.${name}`).join(', '));
  const of = sql.raw(`x.${column}`);
  const beyond: SQL =
    after === null
      ? sql``
      : sql`and (${names}) > (${sql.join(
          key.map(([, type], i) => sql`${after.key[i]}::${sql.raw(type)}`),
          sql`, `,
        )})`;
  const binding = message === null ? 'null::bigint, null, null::bigint' : 'm.channel_id, m.external_id, x.revision';
  const [channel, external, revision] = binding.split(', ').map((each) => sql.raw(each));
  return rowsOf(
    tx,
    sql`select ${of} as sealed, array[${sql.raw(key.map(([name]) => `x.${name}::text`).join(', '))}] as key,
        ${channel} as channel, ${external} as message, ${revision} as revision
      from ${sql.raw(`${table} x ${message ?? ''}`)}
      where length(${of}) > 0 and get_byte(${of}, 0) <> ${current} ${beyond}
      order by ${names} limit ${size}`,
  );
}

function sealAgain(seal: Seal, { message }: SealedColumn, row: OldRow): FreshRow[] {
  const binding: SealedRow =
    message === null
      ? { installation: row.key.join(' ') }
      : { channel: row.channel!, message: row.message!, revision: row.revision! };
  try {
    return [{ ...row, fresh: seal.seal(seal.open(row.sealed, binding), binding) }];
  } catch (error) {
    // Counted and left: what one key cannot open must not keep the rest from being sealed again.
    if (error instanceof EvenkeelError && error.code === 'config') return [];
    throw error;
  }
}

async function replace(tx: Handle, place: SealedColumn, rows: readonly FreshRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const { table, column, key } = place;
  const given = rows.map((row) => ({
    ...Object.fromEntries(key.map(([name], i) => [name, row.key[i]])),
    was: Buffer.from(row.sealed).toString('base64'),
    fresh: row.fresh.toString('base64'),
  }));
  const columns = [...key.map(([name, type]) => `${name} ${type}`), 'was text', 'fresh text'].join(', ');
  const same = sql.raw(key.map(([name]) => `x.${name} = r.${name}`).join(' and '));
  const proven = table === 'texts' ? await adaptersOf(tx, rows) : [];
  const written = await rowsOf(
    tx,
    sql`update ${sql.raw(table)} x set ${sql.raw(column)} = decode(r.fresh, 'base64')
      from ${recordset(given, columns)} r
      where ${same} and x.${sql.raw(column)} = decode(r.was, 'base64') returning 1`,
  );
  if (proven.length > 0) await proveAgain(tx, rows, proven);
  return written.length;
}

/** Versions that learned from these texts and whose ledger holds. */
async function adaptersOf(tx: Handle, rows: readonly FreshRow[]): Promise<number[]> {
  const found = await rowsOf<{ id: number; ledger: string | null }>(
    tx,
    sql`select distinct a.id, a.ledger from adapters a
      join adapter_examples x on x.adapter_id = a.id join examples e on e.id = x.example_id
      where a.ledger is not null and e.message_id = any(${idArray(rows.map(({ key }) => Number(key[0])))})`,
  );
  const holding: number[] = [];
  for (const { id, ledger } of found) if (ledgerHash(await findLedger(tx, id)) === ledger) holding.push(id);
  return holding;
}

/** A ledger tells its texts by the bytes that are stored, which are others now: the same words, so it is written again. */
async function proveAgain(tx: Handle, rows: readonly FreshRow[], adapters: readonly number[]): Promise<void> {
  const changed = rows.map(({ sealed, fresh }) => ({ was: digestOf(sealed), fresh: digestOf(fresh) }));
  await tx.execute(
    sql`update adapter_examples x set digest = r.fresh from ${recordset(changed, 'was text, fresh text')} r
      where x.digest = r.was and x.adapter_id = any(${idArray(adapters)})`,
  );
  for (const id of adapters) {
    const hash = ledgerHash(await findLedger(tx, id));
    await tx.execute(sql`update adapters set ledger = ${hash} where id = ${id}`);
  }
}
