import { and, eq, sql } from 'drizzle-orm';
import type { ChannelAddress, Platform } from '../domain/message.ts';
import type { Mode, Policy } from '../domain/policy.ts';
import { channels, communities } from './schema.ts';
import { recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A channel as it is stored. */
export interface ChannelRow extends ChannelAddress, Policy {
  id: number;
  communityId: number;
}

const ADDRESS = 'platform text, community text, channel text';

/** The channels among these addresses that are known. */
export function findChannels(handle: Handle, addresses: readonly ChannelAddress[]): Promise<ChannelRow[]> {
  return rowsOf(
    handle,
    sql`select c.id, c.community_id as "communityId", c.mode, c.threshold, a.platform, a.community, a.channel
      from ${recordset(addresses, ADDRESS)} a
      join communities o on o.platform = a.platform and o.external_id = a.community
      join channels c on c.community_id = o.id and c.external_id = a.channel`,
  );
}

/** Adds channels, and their communities, that are not known yet; known ones keep their policy. */
export async function addChannels(
  handle: Handle,
  rows: readonly (ChannelAddress & { mode: Mode; threshold: number })[],
): Promise<void> {
  await handle.execute(
    sql`insert into communities (platform, external_id)
      select distinct platform, community from ${recordset(rows, ADDRESS)} a order by platform, community
      on conflict do nothing`,
  );
  await handle.execute(
    sql`insert into channels (community_id, external_id, mode, threshold)
      select distinct on (o.id, a.channel) o.id, a.channel, a.mode, a.threshold
      from ${recordset(rows, `${ADDRESS}, mode text, threshold float8`)} a
      join communities o on o.platform = a.platform and o.external_id = a.community
      order by o.id, a.channel
      on conflict do nothing`,
  );
}

/** The id of a community; null where it was never seen. */
export async function findCommunity(handle: Handle, platform: Platform, community: string): Promise<number | null> {
  const [row] = await handle
    .select({ id: communities.id })
    .from(communities)
    .where(and(eq(communities.platform, platform), eq(communities.externalId, community)));
  return row?.id ?? null;
}

export async function updatePolicy(handle: Handle, channel: number, change: Partial<Policy>): Promise<Policy> {
  const [policy] = await handle
    .update(channels)
    .set(change)
    .where(eq(channels.id, channel))
    .returning({ mode: channels.mode, threshold: channels.threshold });
  if (policy === undefined) throw new Error(`channel ${channel} does not exist`);
  return policy;
}
