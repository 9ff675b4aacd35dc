import { sql } from 'drizzle-orm';
import type { RevisionKey } from './messages.ts';
import { recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A text that waits for its verdict. */
export interface PendingText extends RevisionKey {
  channel: number;
  externalId: string;
  sealed: Uint8Array;
}

/** The texts among these revisions that still want a verdict: current, not deleted, not classified yet. */
export function findPending(handle: Handle, keys: readonly RevisionKey[]): Promise<PendingText[]> {
  return rowsOf(
    handle,
    sql`select t.message_id as message, t.revision, m.channel_id as channel, m.external_id as "externalId", t.sealed
      from ${recordset(keys, 'message bigint, revision bigint')} k
      join texts t on t.message_id = k.message and t.revision = k.revision
      join messages m on m.id = t.message_id and m.revision = t.revision and m.deleted_at is null
      where not exists (select from verdicts v where v.message_id = t.message_id and v.revision = t.revision)`,
  );
}

/** Removes every text of these messages. */
export async function eraseTexts(tx: Handle, messages: readonly number[]): Promise<void> {
  await tx.execute(
    sql`delete from texts using ${recordset(
      messages.map((message) => ({ message })),
      'message bigint',
    )} k where message_id = k.message`,
  );
}

/** Removes texts received before a moment, `limit` at most; returns their messages. */
export async function eraseTextsBefore(tx: Handle, moment: Date, limit: number): Promise<number[]> {
  const erased = await rowsOf<{ message: number }>(
    tx,
    sql`delete from texts where (message_id, revision) in (
        select message_id, revision from texts where received_at < ${moment.toISOString()}::timestamptz
        order by received_at limit ${limit} for update skip locked
      ) returning message_id as message`,
  );
  return erased.map(({ message }) => message);
}
