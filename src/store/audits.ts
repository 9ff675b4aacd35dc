import { sql } from 'drizzle-orm';
import { AUDIT_STRATA } from '../domain/audit-draw.ts';
import type { AuditedStratum, FlaggedPosts } from '../domain/recall.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';
import { IS_SCORED } from './verdicts.ts';

/** A verdict's score as the place of its stratum. */
const STRATUM = sql.raw(
  `case ${AUDIT_STRATA.slice(0, -1)
    .map(({ below }, at) => `when v.score < ${below} then ${at}`)
    .join(' ')} else ${AUDIT_STRATA.length - 1} end`,
);

/** Latest verdicts `v` of a community's posts received since a moment, with their flag `f`, if any. */
const judged = (communityId: number, since: Date) => sql`from channels c
  join messages m on m.channel_id = c.id and m.received_at >= ${since.toISOString()}::timestamptz
  join verdicts v on v.message_id = m.id and v.revision = m.revision and ${IS_SCORED}
  left join flags f on f.message_id = m.id
  where c.community_id = ${communityId}`;

/** Whether a score raised the flag `f` of a post that chance had not drawn. */
const BY_SCORE = sql`(f.id is not null and f.origin = 'score' and f.drawn_at is null and f.state <> 'withdrawn')`;

/** Draws of a community in the last day, under a lock that holds others of the community back. */
export async function countDraws(tx: Handle, communityId: number): Promise<number> {
  await tx.execute(sql`select from communities where id = ${communityId} for no key update`);
  const [row] = await rowsOf<{ draws: number }>(
    tx,
    sql`select count(*)::int as draws from flags
      where community_id = ${communityId} and drawn_at > now() - interval '1 day'`,
  );
  return row!.draws;
}

/** Communities that are asked about unflagged posts, and how many a day. */
export function findAuditing(handle: Handle): Promise<{ communityId: number; perDay: number }[]> {
  return rowsOf(
    handle,
    sql`select id as "communityId", audits_per_day as "perDay" from communities where audits_per_day > 0 order by id`,
  );
}

/** What a blind audit told since a moment: unflagged posts by stratum of their score, and flagged ones. */
export async function countAudited(
  handle: Handle,
  communityId: number,
  since: Date,
): Promise<{ strata: AuditedStratum[]; flagged: FlaggedPosts }> {
  const rows = await rowsOf<AuditedStratum & { stratum: number }>(
    handle,
    sql`select ${STRATUM}::int as stratum, count(*)::int as posts,
        (count(*) filter (where f.drawn_at is not null and f.decision <> 'undecided'))::int as asked,
        (count(*) filter (where f.drawn_at is not null and f.decision = 'polarized'))::int as polarized
      ${judged(communityId, since)} and not ${BY_SCORE} group by 1`,
  );
  const [flagged] = await rowsOf<FlaggedPosts>(
    handle,
    sql`select count(*)::int as posts, (count(*) filter (where f.decision <> 'undecided'))::int as decided,
        (count(*) filter (where f.decision = 'polarized'))::int as polarized
      ${judged(communityId, since)} and ${BY_SCORE}`,
  );
  const none = { posts: 0, asked: 0, polarized: 0 };
  return {
    strata: AUDIT_STRATA.map((_, at) => {
      const { posts, asked, polarized } = rows.find(({ stratum }) => stratum === at) ?? none;
      return { posts, asked, polarized };
    }),
    flagged: flagged!,
  };
}

export async function storeAuditRate(handle: Handle, communityId: number, rate: number): Promise<void> {
  await handle.execute(sql`update communities set audit_rate = ${rate} where id = ${communityId}`);
}
