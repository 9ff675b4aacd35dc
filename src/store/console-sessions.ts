import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { CommunityAddress } from '../domain/message.ts';
import type { Grant } from '../domain/sign-in.ts';
import { communities, consoleGrants, consoleSessions } from './schema.ts';
import { recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A sign-in that holds: an operator's (`grants` is null), or of someone whose platform named communities. */
export interface ConsoleSession {
  hash: Uint8Array;
  expiresAt: Date;
  grants: readonly Grant[] | null;
}

/** Stores a sign-in, with the grants of communities that are served here; returns those. Removes what has expired. */
export async function addSession(tx: Handle, { hash, expiresAt, grants }: ConsoleSession): Promise<Grant[]> {
  await tx.delete(consoleSessions).where(lt(consoleSessions.expiresAt, new Date()));
  await tx.insert(consoleSessions).values({ hash, operator: grants === null, expiresAt });
  if (grants === null || grants.length === 0) return [];
  return rowsOf<Grant>(
    tx,
    sql`with served as (
        insert into console_grants (hash, community_id, administrator)
        select ${Buffer.from(hash)}, o.id, bool_or(r.administrator)
        from ${recordset(grants, 'platform text, community text, administrator boolean')} r
        join communities o on o.platform = r.platform and o.external_id = r.community
        group by o.id returning community_id, administrator
      )
      select o.platform, o.external_id as community, s.administrator
      from served s join communities o on o.id = s.community_id order by o.id`,
  );
}

/** Null where there is none, or it has expired. */
export async function findSession(handle: Handle, hash: Uint8Array): Promise<Pick<ConsoleSession, 'grants'> | null> {
  const rows = await handle
    .select({
      operator: consoleSessions.operator,
      platform: communities.platform,
      community: communities.externalId,
      administrator: consoleGrants.administrator,
    })
    .from(consoleSessions)
    .leftJoin(consoleGrants, eq(consoleGrants.hash, consoleSessions.hash))
    .leftJoin(communities, eq(communities.id, consoleGrants.communityId))
    .where(and(eq(consoleSessions.hash, hash), gt(consoleSessions.expiresAt, new Date())))
    .orderBy(communities.id);
  if (rows[0] === undefined) return null;
  if (rows[0].operator) return { grants: null };
  return {
    grants: rows.flatMap(({ platform, community, administrator }) =>
      platform === null || community === null ? [] : [{ platform, community, administrator: administrator === true }],
    ),
  };
}

export async function removeSession(handle: Handle, hash: Uint8Array): Promise<void> {
  await handle.delete(consoleSessions).where(eq(consoleSessions.hash, hash));
}

/** Communities, the first ones first. */
export function listCommunities(handle: Handle, limit: number): Promise<CommunityAddress[]> {
  return handle
    .select({ platform: communities.platform, community: communities.externalId })
    .from(communities)
    .orderBy(communities.id)
    .limit(limit);
}
