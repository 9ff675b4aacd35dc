import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { texts } from './schema.ts';
import { idArray, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A text that waits for its verdict. */
export interface PendingText {
  message: number;
  revision: number;
  channel: number;
  /** Our own number of its community. */
  community: number;
  externalId: string;
  sealed: Uint8Array;
  receivedAt: Date;
  /** How long ago that was by the database's clock, in s. */
  ageSeconds: number;
  hasFlag: boolean;
}

/** The latest texts of these messages, of those that still want a verdict: not deleted, not classified yet. */
export async function findPending(handle: Handle, messages: readonly number[]): Promise<PendingText[]> {
  const rows = await rowsOf<Omit<PendingText, 'receivedAt'> & { receivedAt: string | Date }>(
    handle,
    sql`select t.message_id as message, t.revision, m.channel_id as channel, c.community_id as community,
        m.external_id as "externalId", t.sealed, t.received_at as "receivedAt",
        extract(epoch from now() - t.received_at)::float8 as "ageSeconds",
        exists (select from flags f where f.message_id = m.id) as "hasFlag"
      from messages m
      join channels c on c.id = m.channel_id
      join texts t on t.message_id = m.id and t.revision = m.revision
      where m.id = any(${idArray(messages)}) and m.deleted_at is null
        and not exists (select from verdicts v where v.message_id = t.message_id and v.revision = t.revision)`,
  );
  return rows.map((row) => ({ ...row, receivedAt: new Date(row.receivedAt) }));
}

/** Removes every text of these messages, and the words about them that may quote it. Returns how many texts. */
export async function eraseTexts(tx: Handle, messages: readonly number[]): Promise<number> {
  const [erased] = await rowsOf<{ texts: number }>(
    tx,
    sql`with f as (select id from flags where message_id = any(${idArray(messages)})), ${erasedWords(sql`true`)},
      erased as (delete from texts where message_id = any(${idArray(messages)}) returning 1)
      select count(*)::int as texts from erased`,
  );
  return erased!.texts;
}

/** Notes, reasons, statements and answers about the flags `f`, where `x` is their row and `due` says which. */
function erasedWords(due: SQL): SQL {
  return sql`notes as (update labels x set note = null from f
        where x.flag_id = f.id and x.note is not null and ${due} returning x.flag_id),
      reasons as (update reports x set reason = null from f
        where x.flag_id = f.id and x.reason is not null and ${due} returning x.flag_id),
      calls as (update escalations x set reason = null from f
        where x.flag_id = f.id and x.reason is not null and ${due} returning x.flag_id),
      pleas as (update appeals x set statement = null, answer = null from f
        where x.flag_id = f.id and coalesce(x.statement, x.answer) is not null and ${due} returning x.flag_id)`;
}

/** Removes texts that are older than their community keeps them, `limit` at most; returns their messages. */
export async function eraseDueTexts(tx: Handle, now: Date, limit: number): Promise<number[]> {
  const erased = await rowsOf<{ message: number }>(
    tx,
    sql`with due as (
        select t.message_id, t.revision from texts t
        join messages m on m.id = t.message_id join channels c on c.id = m.channel_id
        join communities o on o.id = c.community_id
        where t.received_at < ${now.toISOString()}::timestamptz - make_interval(days => o.retention_days)
        order by t.received_at limit ${limit} for update of t skip locked
      ), expired as (
        -- The term of an example ended, which nobody asked for: the versions that used it stay as they are.
        update adapter_examples x set expired_at = ${now.toISOString()}::timestamptz
        from due d join examples e on e.message_id = d.message_id and e.revision = d.revision
        where x.example_id = e.id
      )
      delete from texts t using due d where t.message_id = d.message_id and t.revision = d.revision
      returning t.message_id as message`,
  );
  return erased.map(({ message }) => message);
}

/** Removes words about flags that are older than their community keeps texts; returns the flags' messages. */
export async function eraseDueWords(tx: Handle, now: Date): Promise<number[]> {
  const erased = await rowsOf<{ message: number }>(
    tx,
    sql`with f as (
        select g.id, g.message_id, ${now.toISOString()}::timestamptz - make_interval(days => o.retention_days) as before
        from flags g join communities o on o.id = g.community_id
      ), ${erasedWords(sql`x.at < f.before`)}
      select message_id as message from f
      where id in (select flag_id from notes union all select flag_id from reasons
        union all select flag_id from calls union all select flag_id from pleas)`,
  );
  return erased.map(({ message }) => message);
}

/** Keeps a text that was not kept after its verdict; one that is there stays as it is. */
export async function keepText(
  tx: Handle,
  { message, revision, sealed }: { message: number; revision: number; sealed: Buffer },
): Promise<void> {
  await tx.insert(texts).values({ messageId: message, revision, sealed }).onConflictDoNothing();
}
