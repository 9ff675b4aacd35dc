import { sql } from 'drizzle-orm';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

export interface CommunityHealth {
  /** Posts that wait for a verdict, and for how long the oldest has. */
  waiting: number;
  oldestSeconds: number;
  /** Flags whose card does not show, after minutes, what they are. */
  staleCards: number;
  /** Whether any channel, or the community for all that follow it, raises cards. */
  reviews: boolean;
}

/** A card that is this late has failed at least once. */
const LATE = sql`interval '5 minutes'`;

export async function findHealth(handle: Handle, communityId: number): Promise<CommunityHealth> {
  const [row] = await rowsOf<CommunityHealth>(
    handle,
    sql`with pending as (
        select t.received_at from channels c join messages m on m.channel_id = c.id
        join texts t on t.message_id = m.id and t.revision = m.revision
        where c.community_id = ${communityId} and m.deleted_at is null
          and not exists (select from verdicts v where v.message_id = t.message_id and v.revision = t.revision)
      )
      select (select count(*) from pending)::int as waiting,
        coalesce((select extract(epoch from now() - min(received_at)) from pending), 0)::int as "oldestSeconds",
        (select count(*) from flags f left join cards d on d.flag_id = f.id
          where f.community_id = ${communityId} and not f.held and f.changed_at < now() - ${LATE}
            and f.changed_at > now() - interval '1 day' and coalesce(d.version, 0) < f.version)::int as "staleCards",
        exists (select from communities o where o.id = ${communityId} and (o.mode = 'review'
          or exists (select from channels c where c.community_id = o.id and c.mode = 'review'))) as reviews`,
  );
  return row!;
}
