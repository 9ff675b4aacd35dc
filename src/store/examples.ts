import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { ExamplePart } from '../domain/example.ts';
import { idArray, recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';
import { IS_SCORED } from './verdicts.ts';

/** A decided post whose text is kept, in a community that may train on it. */
export interface EligiblePost {
  message: number;
  revision: number;
  flag: string;
  channel: number;
  externalId: string;
  sealed: Uint8Array;
  /** That it is polarized. */
  probability: number;
  /** Its row in the ledger and what that is for; null where it has none yet. */
  example: number | null;
  part: ExamplePart | null;
  /** When it was added to the ledger. */
  addedAt: string | null;
}

/** What makes a post eligible: permission, an author who has not opted out, a decision that stands, a text that is kept. */
const ELIGIBLE = sql`communities o
  join flags f on f.community_id = o.id and f.state = 'decided'
  join decisions d on d.flag_id = f.id and d.revision = f.revision and d.decision <> 'undecided'
  join messages m on m.id = f.message_id and m.deleted_at is null
  join texts t on t.message_id = m.id and t.revision = d.revision
  join verdicts v on v.message_id = m.id and v.revision = d.revision and ${IS_SCORED} and v.language <> 'und'
  left join examples e on e.message_id = m.id and e.revision = d.revision
  where o.training_permission is not null
    and not exists (select from opt_outs u where u.community_id = o.id and u.member = m.author)`;

/** As answers were weighed; before they are, what was decided is taken at its word. */
const PROBABILITY = sql`coalesce(d.probability, case d.decision when 'polarized' then 1.0 else 0.0 end)::float8`;

/** What a community's adapter of a language may learn from, oldest decision first. */
export function findEligible(handle: Handle, communityId: number, language: string): Promise<EligiblePost[]> {
  return rowsOf(
    handle,
    sql`select m.id as message, d.revision, f.id as flag, m.channel_id as channel, m.external_id as "externalId",
        t.sealed, ${PROBABILITY} as probability, e.id as example, e.part,
        e.created_at as "addedAt"
      from ${ELIGIBLE} and o.id = ${communityId} and v.language = ${language} order by d.at, m.id`,
  );
}

export interface Trainable {
  communityId: number;
  language: string;
  posts: number;
}

/** Languages of communities in which something was decided that may be learned from; of one community where it is named. */
export function findTrainable(handle: Handle, communityId: number | null = null): Promise<Trainable[]> {
  const scope = communityId === null ? sql`` : sql`and o.id = ${communityId}`;
  return rowsOf(
    handle,
    sql`select o.id as "communityId", v.language, count(*)::int as posts from ${ELIGIBLE} ${scope}
      group by o.id, v.language order by o.id, v.language`,
  );
}

/** An example to be added to the ledger, or given another probability. */
export type NewExample = Pick<EligiblePost, 'message' | 'revision' | 'flag' | 'probability'> & { part: ExamplePart };

/** Writes examples with the permission that their community holds at this moment. Their parts stay what they were. */
export async function storeExamples(
  tx: Handle,
  { communityId, language }: { communityId: number; language: string },
  rows: readonly NewExample[],
): Promise<void> {
  const columns = 'message bigint, revision bigint, flag uuid, probability float8, part text';
  await tx.execute(
    sql`insert into examples (message_id, revision, flag_id, community_id, language, probability, part, permission, scope)
      select r.message, r.revision, r.flag, o.id, ${language}, r.probability, r.part, o.training_permission, 'local-only'
      from ${recordset(rows, columns)} r join communities o on o.id = ${communityId} order by r.message
      on conflict (message_id, revision) do update
        set probability = excluded.probability, permission = excluded.permission`,
  );
}

/** Takes examples of a community out of the ledger, or those of one author; the versions that used them are then marked. */
export async function dropExamples(tx: Handle, communityId: number, author?: string): Promise<void> {
  const whose = author === undefined ? sql`` : sql`and m.author = ${author}`;
  await tx.execute(
    sql`delete from examples e using messages m
      where m.id = e.message_id and e.community_id = ${communityId} ${whose}`,
  );
}

/** How many of these examples are still there. Holds off whoever would erase one until the transaction ends. */
export async function countKept(tx: Handle, examples: readonly number[]): Promise<number> {
  const rows = await rowsOf<{ id: number }>(
    tx,
    sql`select id from examples where id = any(${idArray(examples)}) order by id for share`,
  );
  return rows.length;
}

/** sha256 of a sealed text: the nonce in it makes the digest say nothing about the words. */
export function digestOf(sealed: Uint8Array): string {
  return createHash('sha256').update(sealed).digest('hex');
}
