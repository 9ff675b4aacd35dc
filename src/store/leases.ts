import { sql } from 'drizzle-orm';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A process that takes part in a pool. */
export interface LeaseHolder {
  id: string;
  pool: string;
  /** Where `process` means something: of two holders of one host, each can tell whether the other's process runs. */
  host: string | null;
  process: string;
}

/** A pool as one of its holders sees it when it gives a sign of life. */
export interface LeaseStanding {
  holders: (Omit<LeaseHolder, 'pool'> & { beat: number })[];
  /** Every slot and who has it, in order. */
  slots: { slot: number; holder: string | null }[];
}

export async function joinPool(handle: Handle, { id, pool, host, process }: LeaseHolder): Promise<void> {
  await handle.execute(
    sql`insert into lease_holders (id, pool, host, process) values (${id}, ${pool}, ${host}, ${process}) on conflict do nothing`,
  );
}

/** Leaves with all that it has. */
export async function leavePool(handle: Handle, holder: string): Promise<void> {
  await handle.execute(sql`delete from lease_holders where id = ${holder}`);
}

/** Gives a sign of life and looks around; null where others have taken the holder for dead. */
export async function renewLeases(handle: Handle, { id, pool }: LeaseHolder): Promise<LeaseStanding | null> {
  const [row] = await rowsOf<LeaseStanding & { alive: boolean }>(
    handle,
    sql`with renewed as (update lease_holders set beat = beat + 1 where id = ${id} returning id)
      select exists (select from renewed) as alive,
        coalesce((select json_agg(json_build_object('id', h.id, 'beat', h.beat, 'host', h.host, 'process', h.process) order by h.id)
          from lease_holders h where h.pool = ${pool}), '[]') as holders,
        coalesce((select json_agg(json_build_object('slot', l.slot, 'holder', l.holder) order by l.slot)
          from leases l where l.pool = ${pool}), '[]') as slots`,
  );
  const { alive, holders, slots } = row!;
  return alive ? { holders, slots } : null;
}

/** Takes what a holder had away from it, unless it has given a sign of life since it was seen at `beat`. */
export async function removeHolder(handle: Handle, { id, beat }: { id: string; beat: number }): Promise<boolean> {
  const rows = await rowsOf(handle, sql`delete from lease_holders where id = ${id} and beat = ${beat} returning id`);
  return rows.length > 0;
}

/**
 * Makes a pool of `slots`, or of another number than it had if nobody has any of them; returns how many it has then.
 * To be called in a transaction.
 */
export async function sizePool(tx: Handle, pool: string, slots: number): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`leases ${pool}`}))`);
  const [row] = await rowsOf<{ slots: number; held: number }>(
    tx,
    sql`select count(*)::int as slots, count(holder)::int as held from leases where pool = ${pool}`,
  );
  if (row!.held > 0) return row!.slots;
  await tx.execute(sql`delete from leases where pool = ${pool} and slot >= ${slots}`);
  await tx.execute(
    sql`insert into leases (pool, slot) select ${pool}, slot from generate_series(0, ${slots - 1}::int) slot on conflict do nothing`,
  );
  return slots;
}

/** Takes up to `most` free slots for a holder that is not taken for dead; returns them. */
export async function takeSlots(handle: Handle, { id, pool }: LeaseHolder, most: number): Promise<number[]> {
  const rows = await rowsOf<{ slot: number }>(
    handle,
    sql`update leases set holder = ${id} where pool = ${pool} and slot in (
        select slot from leases where pool = ${pool} and holder is null order by slot limit ${most} for update skip locked
      ) and exists (select from lease_holders where id = ${id}) returning slot`,
  );
  return rows.map(({ slot }) => slot).toSorted((a, b) => a - b);
}

/** Gives a slot back for others to take. */
export async function giveSlot(handle: Handle, { id, pool }: LeaseHolder, slot: number): Promise<void> {
  await handle.execute(sql`update leases set holder = null where pool = ${pool} and slot = ${slot} and holder = ${id}`);
}
