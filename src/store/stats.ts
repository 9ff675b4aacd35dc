import { sql } from 'drizzle-orm';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Messages of a community received since a moment and classified, by the language of their latest verdict. */
export function countLanguages(
  handle: Handle,
  communityId: number,
  since: Date,
): Promise<{ language: string; messages: number; flagged: number }[]> {
  return rowsOf(
    handle,
    sql`select v.language, count(*)::int as messages, count(f.id)::int as flagged
      from channels c
      join messages m on m.channel_id = c.id and m.received_at >= ${since.toISOString()}::timestamptz
      join verdicts v on v.message_id = m.id and v.revision = m.revision
      left join flags f on f.message_id = m.id
      where c.community_id = ${communityId}
      group by v.language
      order by messages desc, v.language`,
  );
}

/** Open flags now; labels given and flags decided since a moment. */
export async function countReviews(
  handle: Handle,
  communityId: number,
  since: Date,
): Promise<{ open: number; labels: number; upheld: number; overturned: number }> {
  const from = sql`${since.toISOString()}::timestamptz`;
  const [row] = await rowsOf<{ open: number; labels: number; upheld: number; overturned: number }>(
    handle,
    sql`select
        (count(*) filter (where f.state = 'open'))::int as open,
        (count(*) filter (where f.state = 'decided' and f.decision = 'polarized' and f.changed_at >= ${from}))::int
          as upheld,
        (count(*) filter (where f.state = 'decided' and f.decision = 'not_polarized' and f.changed_at >= ${from}))::int
          as overturned,
        (select count(*) from labels l join flags g on g.id = l.flag_id
          where g.community_id = ${communityId} and l.at >= ${from})::int as labels
      from flags f where f.community_id = ${communityId}`,
  );
  return row ?? { open: 0, labels: 0, upheld: 0, overturned: 0 };
}
