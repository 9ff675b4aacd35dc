import { sql } from 'drizzle-orm';
import { recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A post or an edit, its text sealed for (channel, external id, revision). */
export interface NewRevision {
  channel: number;
  externalId: string;
  revision: number;
  author: string;
  link: string | null;
  attachments: number;
  postedAt: Date;
  sealed: Buffer;
}

/**
 * Stores revisions that are newer than what is known and returns their messages: duplicates, older revisions and what was deleted
 * do nothing. Rows are locked in the order of their addresses, here and everywhere, so that batches never deadlock.
 */
export async function storeRevisions(tx: Handle, rows: readonly NewRevision[]): Promise<number[]> {
  const input = rows.map((row) => ({ ...row, sealed: row.sealed.toString('base64') }));
  const columns =
    'channel bigint, "externalId" text, revision bigint, author text, link text, attachments int, "postedAt" timestamptz, sealed text';
  const stored = await rowsOf<{ message: number }>(
    tx,
    sql`with input as materialized (
        select distinct on (channel, "externalId") * from ${recordset(input, columns)} r
        order by channel, "externalId", revision desc
      ), stored as (
        insert into messages as m (channel_id, external_id, revision, author, link, attachments, posted_at)
        select channel, "externalId", revision, author, link, attachments, "postedAt" from input order by channel, "externalId"
        on conflict (channel_id, external_id) do update
          set revision = excluded.revision, author = excluded.author, link = excluded.link,
            attachments = excluded.attachments
          where m.deleted_at is null and m.revision < excluded.revision
        returning id, channel_id, external_id, revision
      )
      insert into texts (message_id, revision, sealed)
      select s.id, s.revision, decode(i.sealed, 'base64')
      from stored s join input i on i.channel = s.channel_id and i."externalId" = s.external_id
      returning message_id as message`,
  );
  return stored.map(({ message }) => message);
}

/** Marks messages as deleted, seen or not: what comes of them later is refused. Returns those that were not before. */
export async function markDeleted(
  tx: Handle,
  rows: readonly { channel: number; externalId: string }[],
): Promise<number[]> {
  const deleted = await rowsOf<{ id: number }>(
    tx,
    sql`insert into messages as m (channel_id, external_id, deleted_at)
      select distinct channel, "externalId", now() from ${recordset(rows, 'channel bigint, "externalId" text')} r
      order by channel, "externalId"
      on conflict (channel_id, external_id) do update set deleted_at = excluded.deleted_at where m.deleted_at is null
      returning id`,
  );
  return deleted.map(({ id }) => id);
}

/** Forgets messages that were deleted before they were ever seen, once their post can no longer arrive. */
export async function forgetTombstones(handle: Handle, deletedBefore: Date): Promise<void> {
  await handle.execute(
    sql`delete from messages where revision is null and deleted_at < ${deletedBefore.toISOString()}::timestamptz`,
  );
}

/** Our own number of a message; null where it was never seen. */
export async function findMessageId(handle: Handle, channel: number, externalId: string): Promise<number | null> {
  const [row] = await rowsOf<{ id: number }>(
    handle,
    sql`select id from messages where channel_id = ${channel} and external_id = ${externalId}`,
  );
  return row?.id ?? null;
}
