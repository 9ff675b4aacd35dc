import { and, eq, sql } from 'drizzle-orm';
import type { Decision } from '../domain/decision.ts';
import type { Origin } from '../domain/flag.ts';
import type { Manifestation, Target } from '../domain/label.ts';
import { decisions, flags } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** What was decided of one revision of a flagged post, as whoever learns from it needs it. Never its text. */
export interface DecidedPost {
  flag: string;
  /** By our own number, with the revision the key of its text (`texts`), while that is kept. */
  message: number;
  revision: number;
  communityId: number;
  /** As the verdict told it: ISO 639-1 or `und`. */
  language: string;
  score: number;
  adapter: string;
  adapterVersion: string;
  origin: Origin;
  decision: Exclude<Decision, 'undecided'>;
  /** That the post is polarized, by every answer that counts (those set aside do not), its language and the model. */
  probability: number;
  /** How many answers that take a side count. */
  answers: number;
  /** Whether an administrator made it a known answer: it is shown to moderators as a check. */
  confirmed: boolean;
  /** Of the answers that agree with the decision, each once; empty unless it is polarized. */
  targets: Target[];
  manifestations: Manifestation[];
  decidedAt: Date;
  /** Whether its text is still kept. */
  textKept: boolean;
}

/**
 * Decisions that took a side since a moment, oldest first: what examples are made from. Left out are undecided ones, those
 * for which no answer counts, and posts that were deleted, forgotten or edited since. `communityId` and `language` narrow.
 */
export async function findDecided(
  handle: Handle,
  { communityId, language, since }: { communityId?: number; language?: string; since: Date },
): Promise<DecidedPost[]> {
  const given = (column: string) =>
    sql`(select coalesce(array_agg(distinct each order by each), '{}') from labels l, unnest(l.${sql.raw(column)}) each
      where l.flag_id = d.flag_id and l.revision = d.revision and l.answer = 'polarized' and d.decision = 'polarized'
        and not ${setAside('l.moderator')})`;
  const rows = await rowsOf<Omit<DecidedPost, 'decidedAt'> & { decidedAt: number }>(
    handle,
    sql`select d.flag_id as flag, f.message_id as message, d.revision, f.community_id as "communityId", v.language,
        v.score, v.adapter, v.adapter_version as "adapterVersion", f.origin, d.decision, d.probability,
        (select count(*) from labels l where l.flag_id = d.flag_id and l.revision = d.revision
          and l.answer <> 'unsure' and not ${setAside('l.moderator')})::int as answers,
        d.confirmed_at is not null as confirmed, ${given('targets')} as targets,
        ${given('manifestations')} as manifestations, (extract(epoch from d.at) * 1000)::float8 as "decidedAt",
        exists (select from texts t where t.message_id = f.message_id and t.revision = d.revision) as "textKept"
      from decisions d
      join flags f on f.id = d.flag_id and f.revision = d.revision
      join verdicts v on v.message_id = f.message_id and v.revision = d.revision
      where d.at >= ${since.toISOString()}::timestamptz and d.decision <> 'undecided' and d.probability is not null
        and f.state = 'decided'
        ${communityId === undefined ? sql`` : sql`and f.community_id = ${communityId}`}
        ${language === undefined ? sql`` : sql`and v.language = ${language}`}
      order by d.at, d.flag_id`,
  );
  return rows.map(({ decidedAt, ...row }) => ({ ...row, decidedAt: new Date(decidedAt) }));
}

/** Whether a moderator's answers count for nothing in the community of the flag `f`. */
export function setAside(moderator: string) {
  return sql`exists (select from quarantines q where q.community_id = f.community_id
    and q.moderator = ${sql.raw(moderator)} and q.lifted_at is null)`;
}

/** Stores what a community holds true of a flag's revision; the flag of a post that is gone stays as gone as it is. */
export async function storeDecision(
  tx: Handle,
  {
    flag,
    revision,
    decision,
    probability,
  }: Pick<DecidedPost, 'flag' | 'revision'> & {
    decision: Decision;
    probability: number | null;
  },
): Promise<void> {
  const state = decision === 'undecided' ? 'open' : 'decided';
  await tx
    .update(flags)
    .set({
      decision,
      state: sql`case when ${flags.state} in ('open', 'decided') then ${state} else ${flags.state} end`,
    })
    .where(eq(flags.id, flag));
  await tx
    .insert(decisions)
    .values({ flagId: flag, revision, decision, probability })
    .onConflictDoUpdate({
      target: [decisions.flagId, decisions.revision],
      set: { decision, probability, at: sql`now()` },
    });
}

/** Makes the decision about a revision a known answer. */
export async function confirmDecision(
  tx: Handle,
  { flag, revision, by }: { flag: string; revision: number; by: string },
): Promise<void> {
  await tx
    .update(decisions)
    .set({ confirmedBy: by, confirmedAt: sql`now()` })
    .where(and(eq(decisions.flagId, flag), eq(decisions.revision, revision)));
}
