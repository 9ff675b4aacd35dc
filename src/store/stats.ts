import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { AdapterStats, Stats } from '../domain/insight.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

const instant = (moment: Date): SQL => sql`${moment.toISOString()}::timestamptz`;

/** Messages of a community received since a moment, as `m`, with their latest verdict `v` and their flag `f`, if any but by chance. */
function judgedSince(communityId: number, since: Date): SQL {
  return sql`from channels c
    join messages m on m.channel_id = c.id and m.received_at >= ${instant(since)}
    join verdicts v on v.message_id = m.id and v.revision = m.revision
    left join flags f on f.message_id = m.id and f.origin <> 'audit'
    where c.community_id = ${communityId} and v.reason <> 'unseen'`;
}

const JUDGED_COUNTS = sql`count(*)::int as messages, count(f.id)::int as flagged,
  (count(*) filter (where f.decision = 'polarized'))::int as upheld,
  (count(*) filter (where f.decision = 'not_polarized'))::int as overturned`;

/** Posts received since a moment that were passed over in an overload. */
export async function countUnseen(handle: Handle, communityId: number, since: Date): Promise<number> {
  const [row] = await rowsOf<{ unseen: number }>(
    handle,
    sql`select count(*)::int as unseen from channels c
      join messages m on m.channel_id = c.id and m.received_at >= ${instant(since)}
      join verdicts v on v.message_id = m.id and v.revision = m.revision and v.reason = 'unseen'
      where c.community_id = ${communityId}`,
  );
  return row!.unseen;
}

/** By the language of the latest verdict, the commonest first. */
export function countLanguages(handle: Handle, communityId: number, since: Date): Promise<Stats['languages']> {
  return rowsOf(
    handle,
    sql`select v.language, ${JUDGED_COUNTS} ${judgedSince(communityId, since)}
      group by v.language order by messages desc, v.language`,
  );
}

/** By the version that answered, the commonest first; what had no text was answered by none. */
export function countAdapters(handle: Handle, communityId: number, since: Date): Promise<AdapterStats[]> {
  return rowsOf(
    handle,
    sql`select v.adapter, v.adapter_version as version, ${JUDGED_COUNTS} ${judgedSince(communityId, since)}
        and v.adapter_version <> ''
      group by v.adapter, v.adapter_version order by messages desc, v.adapter, v.adapter_version`,
  );
}

/** By the day of receipt in UTC, as `2026-11-24`; days without messages are left out. */
export function countDays(handle: Handle, communityId: number, since: Date): Promise<Stats['days']> {
  return rowsOf(
    handle,
    sql`select to_char(m.received_at at time zone 'UTC', 'YYYY-MM-DD') as day, ${JUDGED_COUNTS}
      ${judgedSince(communityId, since)} group by day order by day`,
  );
}

/** By score, in ten bins of 0.1; those without messages are left out. */
export function countScores(
  handle: Handle,
  communityId: number,
  since: Date,
): Promise<{ bin: number; messages: number }[]> {
  return rowsOf(
    handle,
    sql`select least(9, floor(v.score * 10))::int as bin, count(*)::int as messages
      ${judgedSince(communityId, since)} group by bin order by bin`,
  );
}

/** Open flags now; what moderators and members did since a moment. */
export async function countReviews(
  handle: Handle,
  communityId: number,
  since: Date,
): Promise<Pick<Stats, 'open' | 'labels' | 'upheld' | 'overturned' | 'reports' | 'appeals'>> {
  const from = instant(since);
  const ofCommunity = (table: string): SQL =>
    sql`(select count(*) from ${sql.raw(table)} x join flags g on g.id = x.flag_id
      where g.community_id = ${communityId} and x.at >= ${from})::int`;
  const [row] = await rowsOf<Pick<Stats, 'open' | 'labels' | 'upheld' | 'overturned' | 'reports' | 'appeals'>>(
    handle,
    sql`select
        (count(*) filter (where f.state = 'open'))::int as open,
        (count(*) filter (where f.state = 'decided' and f.decision = 'polarized' and f.changed_at >= ${from}))::int
          as upheld,
        (count(*) filter (where f.state = 'decided' and f.decision = 'not_polarized' and f.changed_at >= ${from}))::int
          as overturned,
        ${ofCommunity('labels')} as labels, ${ofCommunity('reports')} as reports, ${ofCommunity('appeals')} as appeals
      from flags f where f.community_id = ${communityId} and f.origin <> 'audit'`,
  );
  return row!;
}

/** Labels given since a moment by their answer. */
export async function countAnswers(handle: Handle, communityId: number, since: Date): Promise<Stats['answers']> {
  const rows = await rowsOf<{ answer: keyof Stats['answers']; labels: number }>(
    handle,
    sql`select l.answer, count(*)::int as labels from labels l join flags f on f.id = l.flag_id
      where f.community_id = ${communityId} and l.at >= ${instant(since)} group by l.answer`,
  );
  const counts = { polarized: 0, not_polarized: 0, unsure: 0 };
  for (const { answer, labels } of rows) counts[answer] = labels;
  return counts;
}
