import { and, eq, ne, sql } from 'drizzle-orm';
import type { HistoryMarks, KeptPost } from '../domain/attendance.ts';
import type { Platform } from '../domain/message.ts';
import { communities, historyMarks } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** The name of all channels together. */
const EVERYWHERE = '';

export async function findMarks(handle: Handle, communityId: number): Promise<HistoryMarks> {
  const rows = await handle.select().from(historyMarks).where(eq(historyMarks.communityId, communityId));
  const marks = new Map(rows.map(({ channel, readTo }) => [channel, readTo]));
  const everywhere = marks.get(EVERYWHERE) ?? null;
  marks.delete(EVERYWHERE);
  return { everywhere, channels: marks };
}

/** Moves a channel's mark on, or the one of all channels, which takes theirs away. */
export async function storeMark(
  tx: Handle,
  communityId: number,
  { channel = EVERYWHERE, readTo }: { channel?: string; readTo: Date },
): Promise<void> {
  await tx
    .insert(historyMarks)
    .values({ communityId, channel, readTo })
    .onConflictDoUpdate({
      target: [historyMarks.communityId, historyMarks.channel],
      set: { readTo: sql`greatest(${historyMarks.readTo}, excluded.read_to)` },
    });
  if (channel !== EVERYWHERE) return;
  await tx
    .delete(historyMarks)
    .where(and(eq(historyMarks.communityId, communityId), ne(historyMarks.channel, EVERYWHERE)));
}

/** A page of posts of before a moment whose text is kept, after one of them by its number. */
export function findKeptPosts(
  handle: Handle,
  communityId: number,
  { before, after, limit }: { before: Date; after: number; limit: number },
): Promise<(KeptPost & { id: number })[]> {
  return rowsOf(
    handle,
    sql`select m.id, o.platform, o.external_id as community, c.external_id as channel, m.external_id as message, m.link
      from messages m join channels c on c.id = m.channel_id join communities o on o.id = c.community_id
      where o.id = ${communityId} and m.id > ${after} and m.deleted_at is null
        and m.posted_at < ${before.toISOString()}::timestamptz
        and exists (select from texts t where t.message_id = m.id)
      order by m.id limit ${limit}`,
  );
}

export async function storeApplication(tx: Handle, communityId: number, application: string): Promise<void> {
  await tx.update(communities).set({ application }).where(eq(communities.id, communityId));
}

export async function findServed(handle: Handle, platform: Platform, application: string): Promise<string[]> {
  const rows = await handle
    .select({ community: communities.externalId })
    .from(communities)
    .where(and(eq(communities.platform, platform), eq(communities.application, application)));
  return rows.map(({ community }) => community);
}
