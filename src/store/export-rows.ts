import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { ExportRequest } from '../domain/insight.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

export type ExportRow = Record<string, string | number | boolean | null>;

const FLAG_OF = sql`from flags f
  join messages m on m.id = f.message_id join channels c on c.id = m.channel_id
  join verdicts v on v.message_id = f.message_id and v.revision = f.revision`;

const at = (column: string): SQL =>
  sql`to_char(${sql.raw(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Each kind's rows with a `key` to go on from, without any text: ids, scores, answers, times. */
const ROWS: Readonly<Record<ExportRequest['what'], (communityId: number, since: SQL) => SQL>> = {
  flags: (communityId, since) => sql`select f.id::text as key, f.id as flag, c.external_id as channel,
      m.external_id as message, f.revision, ${at('f.flagged_at')} as flagged_at, f.origin, f.state, f.decision,
      v.score, f.threshold, v.language, v.adapter, v.adapter_version, f.held
    ${FLAG_OF} where f.community_id = ${communityId} and f.flagged_at >= ${since}`,
  labels: (
    communityId,
    since,
  ) => sql`select concat_ws('/', l.flag_id, lpad(l.revision::text, 20, '0'), l.moderator) as key,
      l.flag_id as flag, l.revision, l.moderator, l.answer, array_to_string(l.targets, ' ') as targets,
      array_to_string(l.manifestations, ' ') as manifestations, ${at('l.at')} as at
    from labels l where l.community_id = ${communityId} and l.at >= ${since}`,
  decisions: (communityId, since) => sql`select concat_ws('/', d.flag_id, lpad(d.revision::text, 20, '0')) as key,
      d.flag_id as flag, d.revision, d.decision, ${at('d.at')} as at, v.score, v.language, v.adapter, v.adapter_version
    from decisions d join flags f on f.id = d.flag_id
    join verdicts v on v.message_id = f.message_id and v.revision = d.revision
    where f.community_id = ${communityId} and d.at >= ${since}`,
  audit: (communityId, since) => sql`select lpad(a.id::text, 20, '0') as key, a.who, a.what, ${at('a.at')} as at,
      a.details::text as details
    from audit_log a where a.community_id = ${communityId} and a.at >= ${since}`,
};

/** The next rows after a key, in the order of their keys. */
export function findExportRows(
  handle: Handle,
  communityId: number,
  { what, since }: Pick<ExportRequest, 'what' | 'since'>,
  { after, limit }: { after: string; limit: number },
): Promise<(ExportRow & { key: string })[]> {
  const rows = ROWS[what](communityId, sql`${since.toISOString()}::timestamptz`);
  return rowsOf(
    handle,
    sql`select * from (${rows}) r where r.key collate "C" > ${after} order by r.key collate "C" limit ${limit}`,
  );
}

/** The columns of each kind, as a CSV file heads them. */
export const EXPORT_COLUMNS: Readonly<Record<ExportRequest['what'], readonly string[]>> = {
  flags:
    'flag channel message revision flagged_at origin state decision score threshold language adapter adapter_version held'.split(
      ' ',
    ),
  labels: ['flag', 'revision', 'moderator', 'answer', 'targets', 'manifestations', 'at'],
  decisions: ['flag', 'revision', 'decision', 'at', 'score', 'language', 'adapter', 'adapter_version'],
  audit: ['who', 'what', 'at', 'details'],
};
