import type { Connector } from '../connectors/connector.ts';
import type { CardJob } from '../queue/jobs.ts';
import { findSummaries, storeSummaryShown } from '../store/card-hours.ts';
import type { Database } from '../store/database.ts';
import { findCards, storeShown, storeTried } from '../store/cards.ts';
import type { Seal } from '../store/seal.ts';
import { findReports, storeReportShown } from '../store/weekly-reports.ts';

interface Parts {
  database: Database;
  seal: Seal;
  connector: Pick<Connector, 'platform' | 'show' | 'showSummary' | 'showReport'>;
}

/**
 * Draws the cards of these flags on their platform and remembers where they are. A card that shows its flag's version
 * already is left alone, and so is one that its channel's cap holds back. The others are drawn all the same where one
 * fails; returns the failures by place.
 */
export async function showCards(parts: Parts, jobs: readonly CardJob[]): Promise<ReadonlyMap<number, unknown>> {
  const flags = new Map(jobs.flatMap((job, place) => ('flag' in job ? [[job.flag, place] as const] : [])));
  const summaries = new Map(jobs.flatMap((job, place) => ('summary' in job ? [[job.summary, place] as const] : [])));
  const reports = new Map(jobs.flatMap((job, place) => ('report' in job ? [[job.report, place] as const] : [])));
  return new Map([
    ...(await showFlags(parts, flags)),
    ...(await showSummaries(parts, summaries)),
    ...(await showReports(parts, reports)),
  ]);
}

async function showFlags(
  { database, seal, connector }: Parts,
  places: ReadonlyMap<string, number>,
): Promise<(readonly [number, unknown])[]> {
  if (places.size === 0) return [];
  const stored = await findCards(database.handle, seal, { flags: [...places.keys()] });
  const stale = stored.filter(({ version, held, shown }) => !held && (shown === null || shown.version < version));
  const first = stale.flatMap(({ card, tried }) => (tried ? [] : [card.flag]));
  if (first.length > 0) await storeTried(database.handle, first);
  const drawn = await Promise.allSettled(
    stale.map(async ({ card, version, shown, tried }) => {
      const reference = await connector.show(card, shown?.reference ?? null, !tried);
      return { flag: card.flag, reference, version };
    }),
  );
  const rows = drawn.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (rows.length > 0) await storeShown(database.handle, rows);
  return failures(
    drawn,
    stale.map(({ card }) => places.get(card.flag)!),
  );
}

async function showSummaries(
  { database, connector }: Parts,
  places: ReadonlyMap<number, number>,
): Promise<(readonly [number, unknown])[]> {
  if (places.size === 0) return [];
  const stored = await findSummaries(database.handle, [...places.keys()]);
  const stale = stored.filter(({ summary, shownHeld }) => shownHeld < summary.held);
  const drawn = await Promise.allSettled(
    stale.map(async ({ summary, reference }) => {
      const kept = await connector.showSummary(summary, reference);
      await storeSummaryShown(database.handle, Number(summary.id), { reference: kept, held: summary.held });
    }),
  );
  return failures(
    drawn,
    stale.map(({ summary }) => places.get(Number(summary.id))!),
  );
}

async function showReports(
  { database, connector }: Parts,
  places: ReadonlyMap<number, number>,
): Promise<(readonly [number, unknown])[]> {
  if (places.size === 0 || connector.showReport === undefined) return [];
  const stored = await findReports(database.handle, [...places.keys()]);
  const stale = stored.filter(({ version, shownVersion }) => shownVersion < version);
  const drawn = await Promise.allSettled(
    stale.map(async ({ report, version, reference }) => {
      const kept = await connector.showReport!(report, reference);
      await storeReportShown(database.handle, Number(report.id), { reference: kept, version });
    }),
  );
  return failures(
    drawn,
    stale.map(({ report }) => places.get(Number(report.id))!),
  );
}

function failures(
  results: readonly PromiseSettledResult<unknown>[],
  places: readonly number[],
): (readonly [number, unknown])[] {
  return results.flatMap((each, index) => (each.status === 'rejected' ? [[places[index]!, each.reason] as const] : []));
}
