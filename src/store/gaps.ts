import { eq, sql } from 'drizzle-orm';
import { communities } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** From when on posts of a community may be missing; null where none are. */
export async function findGap(handle: Handle, communityId: number): Promise<Date | null> {
  const [row] = await handle
    .select({ since: communities.gapSince })
    .from(communities)
    .where(eq(communities.id, communityId));
  return row?.since ?? null;
}

/** Of two gaps the earlier stays; null closes it. */
export async function storeGap(handle: Handle, communityId: number, since: Date | null): Promise<void> {
  const gapSince = since === null ? null : sql`least(${communities.gapSince}, ${since.toISOString()}::timestamptz)`;
  await handle.update(communities).set({ gapSince }).where(eq(communities.id, communityId));
}

/** When the newest post of a community was made, as far as the last ones received in each channel tell. */
export async function findNewestPost(handle: Handle, communityId: number): Promise<Date | null> {
  const [row] = await rowsOf<{ newest: string | Date | null }>(
    handle,
    sql`select max(r.posted_at) as newest
      from channels c
      cross join lateral (
        select m.posted_at from messages m where m.channel_id = c.id order by m.received_at desc limit 20
      ) r
      where c.community_id = ${communityId}`,
  );
  return row === undefined || row.newest === null ? null : new Date(row.newest);
}
