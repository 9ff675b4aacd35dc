import { sql } from 'drizzle-orm';
import { idArray, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A text that waits for its verdict. */
export interface PendingText {
  message: number;
  revision: number;
  channel: number;
  externalId: string;
  sealed: Uint8Array;
}

/** The latest texts of these messages, of those that still want a verdict: not deleted, not classified yet. */
export function findPending(handle: Handle, messages: readonly number[]): Promise<PendingText[]> {
  return rowsOf(
    handle,
    sql`select t.message_id as message, t.revision, m.channel_id as channel, m.external_id as "externalId", t.sealed
      from messages m
      join texts t on t.message_id = m.id and t.revision = m.revision
      where m.id = any(${idArray(messages)}) and m.deleted_at is null
        and not exists (select from verdicts v where v.message_id = t.message_id and v.revision = t.revision)`,
  );
}

/** Removes every text of these messages. */
export async function eraseTexts(tx: Handle, messages: readonly number[]): Promise<void> {
  await tx.execute(sql`delete from texts where message_id = any(${idArray(messages)})`);
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
