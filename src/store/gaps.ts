import { eq, sql } from 'drizzle-orm';
import { communities } from './schema.ts';
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
