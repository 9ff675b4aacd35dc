import { and, asc, eq, sql } from 'drizzle-orm';
import { firstSettings } from '../domain/settings.ts';
import type { Ignored, Settings } from '../domain/settings.ts';
import type { Platform } from '../domain/message.ts';
import { communities, ignores, optOuts } from './schema.ts';
import { recordset, rowsOf, storable } from './statement.ts';
import type { Handle } from './statement.ts';

type CommunityColumns = typeof communities.$inferSelect;

export async function findSettings(handle: Handle, communityId: number): Promise<Settings | null> {
  const [row] = await handle.select().from(communities).where(eq(communities.id, communityId));
  return row === undefined ? null : settingsOf(row);
}

function settingsOf(row: CommunityColumns): Settings {
  const { mode, threshold, reviewChannel, language, cardsPerHour, retentionDays } = row;
  const { trainingPermission: permission, trainingBy, trainingAt, setUpBy, setUpAt } = row;
  return {
    mode,
    threshold,
    reviewChannel,
    language,
    cardsPerHour,
    notify: row.notify ?? firstSettings(row.platform).notify,
    training:
      permission === null || trainingBy === null || trainingAt === null
        ? { state: 'off' }
        : { state: 'local-only', permission, by: trainingBy, at: trainingAt },
    retentionDays,
    auditsPerDay: row.auditsPerDay,
    setUp: setUpBy === null || setUpAt === null ? null : { by: setUpBy, at: setUpAt },
  };
}

/** Columns that are left out keep what they have. */
export async function updateSettings(
  tx: Handle,
  communityId: number,
  change: Partial<Omit<CommunityColumns, 'id' | 'platform' | 'externalId' | 'createdAt'>>,
): Promise<void> {
  await tx.update(communities).set(change).where(eq(communities.id, communityId));
}

export function findIgnored(handle: Handle, communityId: number): Promise<Ignored[]> {
  return handle
    .select({ kind: ignores.kind, id: ignores.externalId })
    .from(ignores)
    .where(eq(ignores.communityId, communityId))
    .orderBy(asc(ignores.kind), asc(ignores.at), asc(ignores.externalId));
}

/** False where it was there. */
export async function addIgnored(tx: Handle, communityId: number, { kind, id }: Ignored, by: string): Promise<boolean> {
  const added = await tx
    .insert(ignores)
    .values({ communityId, kind, externalId: id, by })
    .onConflictDoNothing()
    .returning({ id: ignores.externalId });
  return added.length > 0;
}

/** False where it was not there. */
export async function removeIgnored(tx: Handle, communityId: number, { kind, id }: Ignored): Promise<boolean> {
  const removed = await tx
    .delete(ignores)
    .where(and(eq(ignores.communityId, communityId), eq(ignores.kind, kind), eq(ignores.externalId, id)))
    .returning({ id: ignores.externalId });
  return removed.length > 0;
}

export async function storeOptOut(tx: Handle, communityId: number, member: string, optedOut: boolean): Promise<void> {
  if (optedOut) await tx.insert(optOuts).values({ communityId, member }).onConflictDoNothing();
  else await tx.delete(optOuts).where(and(eq(optOuts.communityId, communityId), eq(optOuts.member, member)));
}

/** What of a post ignore lists and opt-outs may name. */
export interface Passer {
  platform: Platform;
  community: string;
  channel: string;
  parent?: string;
  category?: string;
  author: string;
  authorRoles?: readonly string[];
}

/** The places of those posts that are not to be processed. A person's own wish outweighs a list: it holds for reports too. */
export async function findDropped(
  handle: Handle,
  posts: readonly Passer[],
): Promise<Map<number, 'ignored' | 'opted-out'>> {
  const input = posts.map(({ platform, authorRoles = [], ...post }, place) => ({
    place,
    platform,
    community: storable(post.community),
    channel: storable(post.channel),
    parent: post.parent && storable(post.parent),
    category: post.category && storable(post.category),
    author: storable(post.author),
    roles: authorRoles.map(storable),
  }));
  const columns =
    'place int, platform text, community text, channel text, parent text, category text, author text, roles jsonb';
  const dropped = await rowsOf<{ place: number; why: 'ignored' | 'opted-out' }>(
    handle,
    sql`select r.place, case when u.member is null then 'ignored' else 'opted-out' end as why
      from ${recordset(input, columns)} r
      join communities o on o.platform = r.platform and o.external_id = r.community
      left join opt_outs u on u.community_id = o.id and u.member = r.author
      where u.member is not null or exists (select from ignores i where i.community_id = o.id and (
        (i.kind = 'user' and i.external_id = r.author)
        or (i.kind = 'channel' and i.external_id in (r.channel, r.parent))
        or (i.kind = 'category' and i.external_id = r.category)
        or (i.kind = 'role' and jsonb_exists(r.roles, i.external_id))))`,
  );
  return new Map(dropped.map(({ place, why }) => [place, why]));
}
