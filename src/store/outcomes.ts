import { sql } from 'drizzle-orm';
import type { CommunityAddress } from '../domain/message.ts';
import { recordset, rowsOf, storable } from './statement.ts';
import type { Handle } from './statement.ts';

/** What came of a message: the verdict about its latest revision, and whether moderators see it. */
export interface Outcome {
  /** The message's id on its platform, as it was asked for. */
  message: string;
  score: number;
  language: string;
  adapter: string;
  flagged: boolean;
  /** Whether the flag's card was drawn. */
  carded: boolean;
}

/** The outcomes of those of a channel's messages that have a verdict, in any order. */
export async function findOutcomes(handle: Handle, channel: number, messages: readonly string[]): Promise<Outcome[]> {
  const askedFor = new Map(messages.map((message) => [storable(message), message]));
  const keys = [...askedFor.keys()].map((id) => ({ id }));
  const rows = await rowsOf<Outcome>(
    handle,
    sql`select m.external_id as message, v.score, v.language, v.adapter,
        coalesce(f.state in ('open', 'decided') and f.origin <> 'audit', false) as flagged, coalesce(c.version > 0, false) as carded
      from ${recordset(keys, 'id text')} k
      join messages m on m.channel_id = ${channel} and m.external_id = k.id
      join verdicts v on v.message_id = m.id and v.revision = m.revision
      left join flags f on f.message_id = m.id
      left join cards c on c.flag_id = f.id`,
  );
  return rows.map((row) => ({ ...row, message: askedFor.get(row.message) ?? row.message }));
}

/** Which version gave which score to each message of a community, and when. */
export async function findVersionsOf(
  handle: Handle,
  { platform, community }: CommunityAddress,
): Promise<{ message: string; adapter: string; version: string; score: number; at: Date }[]> {
  const rows = await rowsOf<{ message: string; adapter: string; version: string; score: number; at: string }>(
    handle,
    sql`select m.external_id as message, v.adapter, v.adapter_version as version, v.score, v.at
      from communities o join channels c on c.community_id = o.id
      join messages m on m.channel_id = c.id
      join verdicts v on v.message_id = m.id and v.revision = m.revision
      where o.platform = ${platform} and o.external_id = ${community} order by m.id`,
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
