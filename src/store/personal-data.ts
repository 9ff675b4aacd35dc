import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Platform } from '../domain/message.ts';
import type { PersonalData } from '../domain/privacy.ts';
import type { FlagState } from '../domain/flag.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Flags that are named one by one, the newest; all are counted. */
const FLAGS_LISTED = 100;

const ownMessages = (communityId: number, member: string): SQL =>
  sql`from channels c join messages m on m.channel_id = c.id and m.author = ${member} where c.community_id = ${communityId}`;

const ofMember = (table: string, column: string, communityId: number, member: string): SQL =>
  sql`(select count(*) from ${sql.raw(table)} x join flags f on f.id = x.flag_id
    where f.community_id = ${communityId} and x.${sql.raw(column)} = ${member})::int`;

type Counts = Pick<
  PersonalData,
  'optedOut' | 'messages' | 'texts' | 'examples' | 'appeals' | 'reports' | 'labels' | 'auditEntries'
>;

export async function countPersonalData(handle: Handle, communityId: number, member: string): Promise<Counts> {
  const [row] = await rowsOf<Counts>(
    handle,
    sql`select
        exists (select from opt_outs u where u.community_id = ${communityId} and u.member = ${member}) as "optedOut",
        (select count(*) ${ownMessages(communityId, member)})::int as messages,
        (select count(*) from texts t where t.message_id in (select m.id ${ownMessages(communityId, member)}))::int as texts,
        (select count(*) from examples e where e.message_id in (select m.id ${ownMessages(communityId, member)}))::int
          as examples,
        ${ofMember('appeals', 'member', communityId, member)} as appeals,
        ${ofMember('reports', 'reporter', communityId, member)} as reports,
        ${ofMember('labels', 'moderator', communityId, member)} as labels,
        (select count(*) from audit_log a where a.community_id = ${communityId} and a.who = ${member})::int
          as "auditEntries"`,
  );
  return row!;
}

export async function findOwnFlags(
  handle: Handle,
  communityId: number,
  member: string,
): Promise<PersonalData['flags']> {
  const rows = await rowsOf<{
    flag: string;
    platform: Platform;
    community: string;
    channel: string;
    message: string;
    state: FlagState;
    flaggedAt: string;
    textKept: boolean;
  }>(
    handle,
    sql`select f.id as flag, o.platform, o.external_id as community, c.external_id as channel,
        m.external_id as message, f.state, f.flagged_at as "flaggedAt",
        exists (select from texts t where t.message_id = m.id) as "textKept"
      from channels c
      join messages m on m.channel_id = c.id and m.author = ${member}
      join flags f on f.message_id = m.id
      join communities o on o.id = c.community_id
      where c.community_id = ${communityId}
      order by f.flagged_at desc, f.id limit ${FLAGS_LISTED}`,
  );
  return rows.map(({ flag, platform, community, channel, message, state, flaggedAt, textKept }) => ({
    flag,
    message: { platform, community, channel, message },
    state,
    flaggedAt: new Date(flaggedAt),
    textKept,
  }));
}

/** A member's post as it is stored: every verdict of it, and its text sealed where it is kept. */
export interface OwnMessage {
  channelId: number;
  channel: string;
  message: string;
  link: string | null;
  postedAt: string | null;
  receivedAt: string;
  deletedAt: string | null;
  flag: string | null;
  verdicts: {
    revision: number;
    score: number;
    language: string;
    adapter: string;
    adapterVersion: string;
    at: string;
  }[];
  texts: { revision: number; sealed: string }[];
  /** The versions of adapters that learned from it. */
  examples: { revision: number; language: string; permission: string; at: string; adapters: string[] }[];
}

export function findOwnMessages(handle: Handle, communityId: number, member: string): Promise<OwnMessage[]> {
  return rowsOf(
    handle,
    sql`select c.id as "channelId", c.external_id as channel, m.external_id as message, m.link,
        m.posted_at as "postedAt", m.received_at as "receivedAt", m.deleted_at as "deletedAt",
        (select f.id from flags f where f.message_id = m.id) as flag,
        (select coalesce(json_agg(json_build_object('revision', v.revision, 'score', v.score, 'language', v.language,
            'adapter', v.adapter, 'adapterVersion', v.adapter_version, 'at', v.at) order by v.revision), '[]')
          from verdicts v where v.message_id = m.id) as verdicts,
        (select coalesce(json_agg(json_build_object('revision', t.revision, 'sealed', encode(t.sealed, 'base64'))
            order by t.revision), '[]') from texts t where t.message_id = m.id) as texts,
        (select coalesce(json_agg(json_build_object('revision', e.revision, 'language', e.language,
            'permission', e.permission, 'at', e.created_at, 'adapters',
            (select coalesce(json_agg(a.name || ' ' || a.version order by a.id), '[]') from adapter_examples x
              join adapters a on a.id = x.adapter_id where x.example_id = e.id)) order by e.revision), '[]')
          from examples e where e.message_id = m.id) as examples
      ${ownMessages(communityId, member)} order by m.id`,
  );
}

/** What a member did as a moderator or by reporting, without words. */
export interface OwnActs {
  labels: { flag: string; revision: number; answer: string; at: string }[];
  reports: { flag: string; at: string }[];
  escalations: { flag: string; at: string }[];
  confirmations: { flag: string; revision: number; at: string }[];
  /** How their answers are weighed, and when they counted for nothing. */
  weighing: {
    reliability: { sensitivity: number; specificity: number; at: string } | null;
    setAside: { reason: string; labels: number; at: string; liftedAt: string | null }[];
  };
  audit: { what: string; at: string; details: unknown }[];
}

export async function findOwnActs(handle: Handle, communityId: number, member: string): Promise<OwnActs> {
  const rows = (columns: string, table: string, by: string): SQL =>
    sql`(select coalesce(json_agg(to_json(r) order by r.at), '[]') from (select ${sql.raw(columns)} from ${sql.raw(table)} x
      join flags f on f.id = x.flag_id where f.community_id = ${communityId} and x.${sql.raw(by)} = ${member}) r)`;
  const [found] = await rowsOf<OwnActs>(
    handle,
    sql`select ${rows('x.flag_id as flag, x.revision, x.answer, x.at', 'labels', 'moderator')} as labels,
      ${rows('x.flag_id as flag, x.at', 'reports', 'reporter')} as reports,
      ${rows('x.flag_id as flag, x.at', 'escalations', 'moderator')} as escalations,
      ${rows('x.flag_id as flag, x.revision, x.confirmed_at as at', 'decisions', 'confirmed_by')} as confirmations,
      json_build_object(
        'reliability', (select json_build_object('sensitivity', r.sensitivity, 'specificity', r.specificity, 'at', r.at)
          from reliabilities r where r.community_id = ${communityId} and r.moderator = ${member}),
        'setAside', (select coalesce(json_agg(json_build_object('reason', q.reason, 'labels', q.labels, 'at', q.at,
            'liftedAt', q.lifted_at) order by q.id), '[]')
          from quarantines q where q.community_id = ${communityId} and q.moderator = ${member})) as weighing,
      (select coalesce(json_agg(json_build_object('what', a.what, 'at', a.at, 'details', a.details) order by a.id), '[]')
        from audit_log a where a.community_id = ${communityId} and a.who = ${member}) as audit`,
  );
  return found!;
}
