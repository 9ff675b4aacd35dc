import { sql } from 'drizzle-orm';
import type { Lesson, WeeklyReport } from '../domain/lesson.ts';
import type { Platform } from '../domain/message.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Adds what a run came to to its community's report of that day, in place of an earlier run's. Returns the report. */
export async function storeLesson(
  tx: Handle,
  communityId: number,
  day: string,
  lesson: Lesson,
): Promise<{ id: number; platform: Platform }> {
  const lessons = JSON.stringify({ [lesson.language]: lesson });
  const [row] = await rowsOf<{ id: number; platform: Platform }>(
    tx,
    sql`insert into weekly_reports as w (community_id, day, lessons)
      values (${communityId}, ${day}, ${lessons}::jsonb)
      on conflict (community_id, day) do update set lessons = w.lessons || excluded.lessons, version = w.version + 1
      returning id, (select platform from communities o where o.id = w.community_id) as platform`,
  );
  return row!;
}

/** A report, where its card is, and whether that shows it as it is. */
export interface StoredReport {
  report: WeeklyReport;
  version: number;
  shownVersion: number;
  reference: Record<string, string> | null;
}

interface ReportRow {
  id: number;
  platform: Platform;
  community: string;
  day: string;
  lessons: Record<string, Lesson>;
  version: number;
  shownVersion: number;
  reference: Record<string, string> | null;
}

const REPORTS = sql`select w.id, o.platform, o.external_id as community, w.day, w.lessons, w.version,
    w.shown_version as "shownVersion", w.reference
  from weekly_reports w join communities o on o.id = w.community_id`;

export async function findReports(handle: Handle, ids: readonly number[]): Promise<StoredReport[]> {
  return (await rowsOf<ReportRow>(handle, sql`${REPORTS} where w.id = any(${`{${ids.join(',')}}`}::bigint[])`)).map(
    storedOf,
  );
}

/** The reports of a community, the latest first. */
export async function findReportsOf(handle: Handle, communityId: number, limit: number): Promise<WeeklyReport[]> {
  const rows = await rowsOf<ReportRow>(
    handle,
    sql`${REPORTS} where w.community_id = ${communityId} order by w.day desc, w.id desc limit ${limit}`,
  );
  return rows.map((row) => storedOf(row).report);
}

export async function storeReportShown(
  handle: Handle,
  id: number,
  { reference, version }: { reference: Record<string, string>; version: number },
): Promise<void> {
  await handle.execute(
    sql`update weekly_reports set reference = ${JSON.stringify(reference)}::jsonb,
        shown_version = greatest(shown_version, ${version}) where id = ${id}`,
  );
}

function storedOf({ id, platform, community, day, lessons, ...rest }: ReportRow): StoredReport {
  const sorted = Object.values(lessons).toSorted((a, b) => b.corrections - a.corrections);
  return { report: { id: String(id), community: { platform, community }, day, lessons: sorted }, ...rest };
}
