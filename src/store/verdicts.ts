import { sql } from 'drizzle-orm';
import type { Platform } from '../domain/message.ts';
import type { Notify } from '../domain/settings.ts';
import type { Policy } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import { idArray, recordset, rowsOf, storable } from './statement.ts';
import { HELD_MODE, HELD_THRESHOLD, PARENT_JOIN } from './channels.ts';
import type { Handle } from './statement.ts';

/** Whether a verdict `v` has a score: there was a text, and it was classified. */
export const IS_SCORED = sql`v.reason not in ('no-text', 'unseen')`;

/** One revision of a message, by our own number. */
export interface RevisionKey {
  message: number;
  revision: number;
}

/** Where a message stands at the moment of its verdict, under a lock that holds edits and deletes back. */
export interface LockedMessage extends RevisionKey, Policy {
  /** By our own number, as is the community. */
  channel: number;
  communityId: number;
  platform: Platform;
  hasFlag: boolean;
  /** Whether chance drew it: it has no card yet. */
  audited: boolean;
  /** Whether a person raised or reported it: such a flag stays, whatever an edit scores. */
  raised: boolean;
  /** The community's settings that count for a new card. */
  cardsPerHour: number | null;
  notify: Notify | null;
  /** Unflagged posts that the community is asked about in a day, and the share of them that is drawn. */
  auditsPerDay: number;
  auditRate: number;
}

/** Locks those of these messages that were not deleted; `revision` is their latest. */
export function lockMessages(tx: Handle, messages: readonly number[]): Promise<LockedMessage[]> {
  return rowsOf(
    tx,
    sql`select m.id as message, m.revision, ${HELD_MODE} as mode, ${HELD_THRESHOLD} as threshold, c.community_id as "communityId", o.platform,
        exists (select from flags f where f.message_id = m.id) as "hasFlag",
        exists (select from flags f where f.message_id = m.id
          and (f.origin in ('report', 'moderator') or exists (select from reports r where r.flag_id = f.id))) as raised,
        exists (select from flags f where f.message_id = m.id and f.origin = 'audit') as audited,
        o.audits_per_day as "auditsPerDay", o.audit_rate as "auditRate",
        m.channel_id as channel, o.cards_per_hour as "cardsPerHour", o.notify
      from messages m
      join channels c on c.id = m.channel_id
      join communities o on o.id = c.community_id ${PARENT_JOIN}
      where m.id = any(${idArray(messages)}) and m.deleted_at is null
      order by m.channel_id, m.external_id
      for update of m`,
  );
}

/** A verdict about a message's latest revision, and whether its text stays for moderators. */
export interface NewVerdict extends RevisionKey {
  verdict: Verdict;
  flagged: boolean;
}

/**
 * Stores verdicts and, in the same statement, removes the texts that they end: the text itself unless flagged, and every
 * older revision's. Returns those that were new: a revision has one verdict, the first.
 */
export function storeVerdicts(tx: Handle, rows: readonly NewVerdict[]): Promise<RevisionKey[]> {
  const input = rows.map(({ message, revision, flagged, verdict }) => ({
    ...verdict,
    language: storable(verdict.language),
    message,
    revision,
    flagged,
  }));
  const columns =
    'message bigint, revision bigint, flagged boolean, score float8, language text, adapter text, "adapterVersion" text, reason text';
  return rowsOf(
    tx,
    sql`with input as materialized (select * from ${recordset(input, columns)} r), stored as (
        insert into verdicts (message_id, revision, score, language, adapter, adapter_version, reason)
        select message, revision, score, language, adapter, "adapterVersion", reason from input
        on conflict do nothing
        returning message_id, revision
      ), erased as (
        delete from texts t using stored s join input i on i.message = s.message_id and i.revision = s.revision
        where t.message_id = i.message and (t.revision < i.revision or (t.revision = i.revision and not i.flagged))
      )
      select message_id as message, revision from stored`,
  );
}

/** The verdict of the latest revision of a community's message; null where there is none. */
export async function findVerdict(
  handle: Handle,
  communityId: number,
  { channel, message }: { channel: string; message: string },
): Promise<{ revision: number; verdict: Verdict } | null> {
  const [row] = await rowsOf<Verdict & { revision: number }>(
    handle,
    sql`select v.score, v.language, v.adapter, v.adapter_version as "adapterVersion", v.reason, v.revision
      from channels c
      join messages m on m.channel_id = c.id and m.external_id = ${message}
      join verdicts v on v.message_id = m.id and v.revision = m.revision
      where c.community_id = ${communityId} and c.external_id = ${channel}`,
  );
  if (row === undefined) return null;
  const { revision, ...verdict } = row;
  return { revision, verdict };
}
