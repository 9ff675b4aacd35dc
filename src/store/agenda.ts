import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { REASONS_TO_ASK } from '../domain/agenda.ts';
import type { ReasonToAsk } from '../domain/agenda.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Whom a list of posts to answer is for. */
export interface Asked {
  moderator: string;
  language: string | undefined;
  limit: number;
  /** What a known answer is picked by, so that it stays the same for a while and differs by moderator. */
  seed: string;
}

const ANSWERED = (answer: string): SQL =>
  sql`exists (select from labels l where l.flag_id = f.id and l.revision = f.revision and l.answer = ${answer})`;
const UNANSWERED = sql`not exists (select from labels l where l.flag_id = f.id and l.revision = f.revision)`;

/**
 * Flags by the reason to ask about them, each reason in its own order. Never a moderator's own post, one that they
 * answered, or one whose text is gone.
 */
export async function findCandidates(
  handle: Handle,
  communityId: number,
  { moderator, language, limit, seed }: Asked,
): Promise<Record<ReasonToAsk, string[]>> {
  const of = (reason: ReasonToAsk, where: SQL, order: SQL): SQL => sql`(
    select ${reason}::text as reason, f.id as flag, row_number() over (order by ${order}, f.id) as place
    from flags f
    join messages m on m.id = f.message_id and m.author is distinct from ${moderator}
    join verdicts v on v.message_id = f.message_id and v.revision = f.revision
      ${language === undefined ? sql`` : sql`and v.language = ${language}`}
    where f.community_id = ${communityId} and ${where}
      and exists (select from texts t where t.message_id = f.message_id and t.revision = f.revision)
      and not exists (select from labels l
        where l.flag_id = f.id and l.revision = f.revision and l.moderator = ${moderator})
    order by ${order}, f.id limit ${limit})`;
  const waiting = sql`f.state = 'open' and f.origin <> 'audit'`;
  const rows = await rowsOf<{ reason: ReasonToAsk; flag: string }>(
    handle,
    sql`select reason, flag from (
      ${of('disputed', sql`f.state = 'open' and ${ANSWERED('polarized')} and ${ANSWERED('not_polarized')}`, sql`f.flagged_at`)}
      union all ${of('uncertain', sql`${waiting} and ${UNANSWERED}`, sql`abs(v.score - 0.5)`)}
      union all ${of('audit', sql`f.state = 'open' and f.origin = 'audit'`, sql`f.drawn_at`)}
      union all ${of('certain', sql`${waiting} and ${UNANSWERED}`, sql`v.score desc`)}
      union all ${of(
        'known',
        sql`f.state = 'decided' and exists (select from decisions d
          where d.flag_id = f.id and d.revision = f.revision and d.confirmed_at is not null)`,
        sql`md5(f.id::text || ${seed})`,
      )}) candidates order by reason, place`,
  );
  const found = Object.fromEntries(REASONS_TO_ASK.map((reason) => [reason, [] as string[]]));
  for (const { reason, flag } of rows) found[reason]!.push(flag);
  return found as Record<ReasonToAsk, string[]>;
}

/** Answers of a moderator since a moment, about posts of a language or of all. */
export async function countAnswered(
  handle: Handle,
  communityId: number,
  { moderator, language, since }: Pick<Asked, 'moderator' | 'language'> & { since: Date },
): Promise<number> {
  const [row] = await rowsOf<{ answers: number }>(
    handle,
    sql`select count(*)::int as answers from labels l
      join flags f on f.id = l.flag_id and f.community_id = ${communityId}
      join verdicts v on v.message_id = f.message_id and v.revision = l.revision
      where l.moderator = ${moderator} and l.first_at >= ${since.toISOString()}::timestamptz
        ${language === undefined ? sql`` : sql`and v.language = ${language}`}`,
  );
  return row!.answers;
}
