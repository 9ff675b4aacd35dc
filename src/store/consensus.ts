import { sql } from 'drizzle-orm';
import type { Consensus, Reliability } from '../domain/consensus.ts';
import type { Decision } from '../domain/decision.ts';
import type { Answer } from '../domain/label.ts';
import { setAside } from './decisions.ts';
import { recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** An answer about a flag's revision, and what is known to weigh it by. */
export interface StoredAnswer {
  moderator: string;
  answer: Answer;
  /** Null before the first weighing that knew the moderator. */
  reliability: Reliability | null;
  setAside: boolean;
  /** Answers in the same week, Monday to Sunday in UTC, by this moderator and by all others. */
  own: number;
  others: number;
}

/** The answers about one revision, the first one first. */
export async function findStoredAnswers(handle: Handle, flag: string, revision: number): Promise<StoredAnswer[]> {
  const rows = await rowsOf<
    Omit<StoredAnswer, 'reliability'> & { sensitivity: number | null; specificity: number | null }
  >(
    handle,
    sql`select l.moderator, l.answer, r.sensitivity, r.specificity, ${setAside('l.moderator')} as "setAside", w.own, w.others
      from labels l
      join flags f on f.id = l.flag_id
      left join reliabilities r on r.community_id = f.community_id and r.moderator = l.moderator
      cross join lateral (
        select count(*) filter (where x.moderator = l.moderator)::int as own,
          count(*) filter (where x.moderator <> l.moderator)::int as others
        from labels x
        where x.community_id = l.community_id and x.at >= date_trunc('week', l.at, 'UTC')
          and x.at < date_trunc('week', l.at, 'UTC') + interval '7 days'
      ) w
      where l.flag_id = ${flag} and l.revision = ${revision}
      order by l.first_at, l.moderator`,
  );
  return rows.map(({ sensitivity, specificity, ...row }) => ({
    ...row,
    reliability: sensitivity === null || specificity === null ? null : { sensitivity, specificity },
  }));
}

/** What else a decision about a revision stands on. */
export interface Ground {
  consensus: Consensus | null;
  language: string;
  score: number;
  /** The answer that an administrator confirmed; null where none did. */
  confirmed: Decision | null;
}

export async function findGround(handle: Handle, flag: string, revision: number): Promise<Ground> {
  const [row] = await rowsOf<Ground>(
    handle,
    sql`select o.consensus, v.language, v.score,
        (select d.decision from decisions d
          where d.flag_id = f.id and d.revision = v.revision and d.confirmed_at is not null) as confirmed
      from flags f
      join communities o on o.id = f.community_id
      join verdicts v on v.message_id = f.message_id and v.revision = ${revision}
      where f.id = ${flag}`,
  );
  return row!;
}

/** A post with every answer about it, for the weighing of a whole community. */
export interface StoredJudgement {
  flag: string;
  revision: number;
  language: string;
  score: number;
  /** An administrator's confirmation, or an appeal that was granted. */
  known: Decision | null;
  probability: number | null;
  votes: { moderator: string; answer: Answer; setAside: boolean; at: number }[];
}

/** Every answered revision of a community with an answer since a moment, in the order of their ids. */
export function findJudgements(handle: Handle, communityId: number, since: Date): Promise<StoredJudgement[]> {
  return rowsOf(
    handle,
    sql`select f.id as flag, l.revision, v.language, v.score, d.probability,
        case when a.outcome = 'overturned' then 'not_polarized'
          when d.confirmed_at is not null then d.decision end as known,
        json_agg(json_build_object('moderator', l.moderator, 'answer', l.answer, 'setAside', ${setAside('l.moderator')},
          'at', extract(epoch from l.at) * 1000) order by l.first_at, l.moderator) as votes
      from flags f
      join labels l on l.flag_id = f.id
      join verdicts v on v.message_id = f.message_id and v.revision = l.revision
      join decisions d on d.flag_id = f.id and d.revision = l.revision
      left join appeals a on a.flag_id = f.id and a.revision = l.revision
      where f.community_id = ${communityId} and d.at >= ${since.toISOString()}::timestamptz
      group by f.id, l.revision, v.language, v.score, d.probability, a.outcome, d.confirmed_at, d.decision
      order by f.id, l.revision`,
  );
}

/** Communities with answers since a moment, by our own number. */
export async function findJudging(handle: Handle, since: Date): Promise<number[]> {
  const rows = await rowsOf<{ id: number }>(
    handle,
    sql`select distinct f.community_id as id from decisions d join flags f on f.id = d.flag_id
      where d.at >= ${since.toISOString()}::timestamptz order by id`,
  );
  return rows.map(({ id }) => id);
}

/** Held until the transaction ends by whoever weighs a community's answers or takes names off them. */
export async function lockWeighing(tx: Handle, communityId: number): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('weighing'), ${communityId}::int)`);
}

/** Replaces what is believed of a community and its moderators, and what that makes of its decisions. */
export async function storeWeighing(
  tx: Handle,
  communityId: number,
  {
    consensus,
    reliabilities,
    probabilities,
  }: {
    consensus: Consensus;
    reliabilities: ReadonlyMap<string, Reliability>;
    probabilities: readonly { flag: string; revision: number; probability: number | null }[];
  },
): Promise<void> {
  // In the order in which a person is forgotten and a community purged.
  await tx.execute(
    sql`update decisions d set probability = r.probability
      from ${recordset(probabilities, 'flag uuid, revision bigint, probability float8')} r
      where d.flag_id = r.flag and d.revision = r.revision and d.at <= now()
        and d.probability is distinct from r.probability`,
  );
  await tx.execute(sql`delete from reliabilities where community_id = ${communityId}`);
  const people = [...reliabilities].map(([moderator, reliability]) => ({ moderator, ...reliability }));
  await tx.execute(
    sql`insert into reliabilities (community_id, moderator, sensitivity, specificity)
      select ${communityId}::bigint, moderator, sensitivity, specificity
      from ${recordset(people, 'moderator text, sensitivity float8, specificity float8')} r`,
  );
  await tx.execute(
    sql`update communities set consensus = ${JSON.stringify(consensus)}::jsonb where id = ${communityId}`,
  );
}
