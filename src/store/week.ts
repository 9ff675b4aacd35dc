import { sql } from 'drizzle-orm';
import { HELD_MODE, HELD_THRESHOLD, PARENT_JOIN } from './channels.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';
import { IS_SCORED } from './verdicts.ts';

/** Scores of a community's posts in a language since a moment, and the thresholds that hold where they were posted. */
export function findScores(
  handle: Handle,
  { communityId, language, since }: { communityId: number; language: string; since: Date },
): Promise<{ score: number; threshold: number }[]> {
  return rowsOf(
    handle,
    sql`select v.score, ${HELD_THRESHOLD} as threshold
      from channels c join communities o on o.id = c.community_id ${PARENT_JOIN}
      join messages m on m.channel_id = c.id
      join verdicts v on v.message_id = m.id and v.revision = m.revision
      where c.community_id = ${communityId} and v.language = ${language} and ${IS_SCORED}
        and ${HELD_MODE} = 'review' and m.received_at >= ${since.toISOString()}::timestamptz`,
  );
}

/** How a version does on live posts: flags of its own scores, and what moderators made of those. */
export interface LiveCounts {
  posts: number;
  flagged: number;
  decided: number;
  overturned: number;
}

/** By the versions that answered a community's posts in a language since a moment. */
export async function countLive(
  handle: Handle,
  { communityId, language, since }: { communityId: number; language: string; since: Date },
): Promise<Map<string, LiveCounts>> {
  const rows = await rowsOf<LiveCounts & { version: string }>(
    handle,
    sql`select v.adapter_version as version, count(*)::int as posts,
        (count(*) filter (where v.score >= ${HELD_THRESHOLD}))::int as flagged,
        (count(*) filter (where f.decision in ('polarized', 'not_polarized')))::int as decided,
        (count(*) filter (where f.decision = 'not_polarized'))::int as overturned
      from channels c join communities o on o.id = c.community_id ${PARENT_JOIN}
      join messages m on m.channel_id = c.id
      join verdicts v on v.message_id = m.id and v.revision = m.revision
      left join flags f on f.message_id = m.id and f.origin = 'score'
      where c.community_id = ${communityId} and v.language = ${language} and ${IS_SCORED}
        and ${HELD_MODE} = 'review' and v.at >= ${since.toISOString()}::timestamptz
      group by v.adapter_version`,
  );
  return new Map(rows.map(({ version, ...counts }) => [version, counts]));
}
