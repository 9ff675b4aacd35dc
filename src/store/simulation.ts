import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Scope } from '../domain/insight.ts';
import type { Platform } from '../domain/message.ts';
import { HELD_THRESHOLD, PARENT_JOIN } from './channels.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';
import { IS_SCORED } from './verdicts.ts';

/** Latest verdicts of a scope as `v`, with the threshold that holds now as `held`. */
function scored(communityId: number, { channel, language }: Scope, since: Date | null): SQL {
  return sql`(
    select v.score, v.language, m.received_at, m.external_id as message, m.link, c.external_id as channel,
      o.platform, o.external_id as community, f.threshold as flagged_from,
      case when f.drawn_at is null then f.decision end as decision, f.state, f.origin,
      ${HELD_THRESHOLD} as held
    from channels c
    join communities o on o.id = c.community_id ${PARENT_JOIN}
    join messages m on m.channel_id = c.id
    join verdicts v on v.message_id = m.id and v.revision = m.revision
    left join flags f on f.message_id = m.id
    where c.community_id = ${communityId} and ${IS_SCORED}
      ${channel === undefined ? sql`` : sql`and (c.external_id = ${channel} or c.parent = ${channel})`}
      ${language === undefined ? sql`` : sql`and v.language = ${language}`}
      ${since === null ? sql`` : sql`and m.received_at >= ${since.toISOString()}::timestamptz`}
  ) v`;
}

export interface ScopeCounts {
  messages: number;
  flagged: number;
  flaggedNow: number;
  /** Of the oldest message, in ms since 1970; null where there is none. */
  oldest: number | null;
}

export interface SimulatedRows {
  total: ScopeCounts;
  languages: { language: string; messages: number; flagged: number; flaggedNow: number }[];
  daily: { day: string; flagged: number; flaggedNow: number }[];
}

export async function simulateCounts(
  handle: Handle,
  communityId: number,
  threshold: number,
  { since, ...scope }: Scope & { since: Date },
): Promise<SimulatedRows> {
  const from = scored(communityId, scope, since);
  const counts = sql`count(*)::int as messages, (count(*) filter (where v.score >= ${threshold}))::int as flagged,
    (count(*) filter (where v.score >= v.held))::int as "flaggedNow"`;
  const [total] = await rowsOf<ScopeCounts>(
    handle,
    sql`select ${counts}, (extract(epoch from min(v.received_at)) * 1000)::bigint as oldest from ${from}`,
  );
  const languages = await rowsOf<SimulatedRows['languages'][0]>(
    handle,
    sql`select v.language, ${counts} from ${from} group by v.language order by messages desc, v.language`,
  );
  const daily = await rowsOf<SimulatedRows['daily'][0]>(
    handle,
    sql`select to_char(v.received_at at time zone 'UTC', 'YYYY-MM-DD') as day, ${counts} from ${from} group by day order by day`,
  );
  return {
    total: total!,
    languages,
    daily: daily.map(({ day, flagged, flaggedNow }) => ({ day, flagged, flaggedNow })),
  };
}

/** Decided flags at or above a threshold, of all times, and the lowest threshold that raised flags; null where none did. */
export async function countDecided(
  handle: Handle,
  communityId: number,
  threshold: number,
  scope: Scope,
): Promise<{ decided: number; polarized: number; flaggedFrom: number | null }> {
  const [row] = await rowsOf<{ decided: number; polarized: number; flaggedFrom: number | null }>(
    handle,
    sql`select (count(*) filter (where v.score >= ${threshold} and v.decision in ('polarized', 'not_polarized')))::int
          as decided,
        (count(*) filter (where v.score >= ${threshold} and v.decision = 'polarized'))::int as polarized,
        min(v.flagged_from) filter (where v.origin = 'score') as "flaggedFrom"
      from ${scored(communityId, scope, null)}`,
  );
  return row!;
}

export interface ChangedRow {
  platform: Platform;
  community: string;
  channel: string;
  message: string;
  link: string | null;
  score: number;
  language: string;
}

/** Messages that a threshold would flag and the present ones do not, or the other way round; highest scores first. */
export function findChanged(
  handle: Handle,
  communityId: number,
  threshold: number,
  { since, limit, ...scope }: Scope & { since: Date; limit: number },
): Promise<ChangedRow[]> {
  return rowsOf(
    handle,
    sql`select v.platform, v.community, v.channel, v.message, v.link, v.score, v.language
      from ${scored(communityId, scope, since)}
      where (v.score >= ${threshold}) <> (v.score >= v.held) and v.state is distinct from 'removed'
        and v.state is distinct from 'forgotten'
      order by v.score desc, v.message limit ${limit}`,
  );
}
