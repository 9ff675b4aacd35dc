import { and, asc, eq, isNotNull, or, sql } from 'drizzle-orm';
import type { ChannelPolicy } from '../domain/insight.ts';
import type { ChannelAddress, CommunityAddress, Platform } from '../domain/message.ts';
import type { Policy } from '../domain/policy.ts';
import { firstSettings } from '../domain/settings.ts';
import { channels, communities } from './schema.ts';
import { recordset, rowsOf, storable } from './statement.ts';
import type { Handle } from './statement.ts';

/** A channel and, for a thread, the one that it belongs to. */
export interface PlacedChannel extends ChannelAddress {
  parent?: string;
}

/** A channel as it is stored, with the policy that holds in it: its own, its parent's or its community's. */
export interface ChannelRow extends ChannelAddress, Policy {
  id: number;
  communityId: number;
  parent: string | null;
}

const ADDRESS = 'platform text, community text, channel text';

/** To be joined as `p` where a policy is read, with the channel as `c` and its community as `o`. */
export const PARENT_JOIN = sql`left join channels p on p.community_id = c.community_id and p.external_id = c.parent`;
export const HELD_MODE = sql`coalesce(c.mode, p.mode, o.mode)`;
export const HELD_THRESHOLD = sql`coalesce(c.threshold, p.threshold, o.threshold)`;

/** The channels among these addresses that are known. */
export function findChannels(handle: Handle, addresses: readonly ChannelAddress[]): Promise<ChannelRow[]> {
  return rowsOf(
    handle,
    sql`select c.id, c.community_id as "communityId", c.parent, ${HELD_MODE} as mode, ${HELD_THRESHOLD} as threshold,
        a.platform, a.community, a.channel
      from ${recordset(addresses, ADDRESS)} a
      join communities o on o.platform = a.platform and o.external_id = a.community
      join channels c on c.community_id = o.id and c.external_id = a.channel ${PARENT_JOIN}`,
  );
}

/** Adds communities, with the settings that a platform begins with, that are not known yet. */
export async function addCommunities(handle: Handle, addresses: readonly CommunityAddress[]): Promise<void> {
  const rows = addresses.map(({ platform, community }) => {
    const { mode, threshold, cardsPerHour } = firstSettings(platform);
    return { platform, community, mode, threshold, cardsPerHour };
  });
  const columns = 'platform text, community text, mode text, threshold float8, "cardsPerHour" int';
  await handle.execute(
    sql`insert into communities (platform, external_id, mode, threshold, cards_per_hour)
      select distinct on (platform, community) platform, community, mode, threshold, "cardsPerHour"
      from ${recordset(rows, columns)} r order by platform, community
      on conflict do nothing`,
  );
}

/** Adds channels that are not known yet, and their communities; known ones learn their parent. */
export async function addChannels(handle: Handle, rows: readonly PlacedChannel[]): Promise<void> {
  await addCommunities(handle, rows);
  await handle.execute(
    sql`insert into channels as c (community_id, external_id, parent)
      select distinct on (o.id, a.channel) o.id, a.channel, a.parent
      from ${recordset(rows, `${ADDRESS}, parent text`)} a
      join communities o on o.platform = a.platform and o.external_id = a.community
      order by o.id, a.channel, a.parent
      on conflict (community_id, external_id) do update set parent = excluded.parent
        where excluded.parent is not null and excluded.parent is distinct from c.parent`,
  );
}

/** The id of a community; null where it was never seen. */
export async function findCommunity(handle: Handle, { platform, community }: CommunityAddress): Promise<number | null> {
  const [row] = await handle
    .select({ id: communities.id })
    .from(communities)
    .where(and(eq(communities.platform, platform), eq(communities.externalId, storable(community))));
  return row?.id ?? null;
}

export async function findPlatform(handle: Handle, communityId: number): Promise<Platform> {
  const [row] = await handle
    .select({ platform: communities.platform })
    .from(communities)
    .where(eq(communities.id, communityId));
  return row!.platform;
}

/** Changes what a channel chose; null lets it follow its parent and community again. */
export async function updatePolicy(
  handle: Handle,
  channel: number,
  change: { mode?: Policy['mode'] | null; threshold?: number | null },
): Promise<void> {
  await handle.update(channels).set(change).where(eq(channels.id, channel));
}

/** The channels of a community that chose a mode or a threshold, and what holds in them. */
export async function findOwnPolicies(handle: Handle, communityId: number): Promise<ChannelPolicy[]> {
  const rows = await handle
    .select({ channel: channels, mode: communities.mode, threshold: communities.threshold })
    .from(channels)
    .innerJoin(communities, eq(communities.id, channels.communityId))
    .where(and(eq(channels.communityId, communityId), or(isNotNull(channels.mode), isNotNull(channels.threshold))))
    .orderBy(asc(channels.externalId));
  return rows.map(({ channel, mode, threshold }) => ({
    channel: channel.externalId,
    mode: channel.mode ?? mode,
    threshold: channel.threshold ?? threshold,
    own: { mode: channel.mode !== null, threshold: channel.threshold !== null },
  }));
}
