import { and, desc, eq, gte, inArray, isNull, sql } from 'drizzle-orm';
import type { RunCause, RunOutcome } from '../domain/lesson.ts';
import { trainingRuns } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A run of one adapter that is under way. */
export interface TrainingRun {
  id: number;
  base: string;
  name: string;
  communityId: number;
  language: string;
  cause: RunCause;
  startedAt: Date;
}

/** Begins a run, or returns the one that is under way: whoever was killed in it, or is at it still, does the same work. */
export async function beginRun(handle: Handle, run: Omit<TrainingRun, 'id' | 'startedAt'>): Promise<TrainingRun> {
  await handle.insert(trainingRuns).values(run).onConflictDoNothing();
  const [found] = await handle
    .select({ id: trainingRuns.id, cause: trainingRuns.cause, startedAt: trainingRuns.startedAt })
    .from(trainingRuns)
    .where(and(eq(trainingRuns.base, run.base), eq(trainingRuns.name, run.name), isNull(trainingRuns.finishedAt)));
  // Another finished it between the two statements.
  return found === undefined ? beginRun(handle, run) : { ...run, ...found };
}

/** Locks a run that is still under way; false where another has finished it, or its community is gone. */
export async function lockRun(tx: Handle, id: number): Promise<boolean> {
  const rows = await tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(and(eq(trainingRuns.id, id), isNull(trainingRuns.finishedAt)))
    .for('update');
  return rows.length > 0;
}

export async function finishRun(
  tx: Handle,
  id: number,
  { outcome, adapterId = null }: { outcome: RunOutcome; adapterId?: number | null },
): Promise<void> {
  await tx
    .update(trainingRuns)
    .set({ outcome, adapterId, finishedAt: sql`now()` })
    .where(eq(trainingRuns.id, id));
}

/** The database's time, ISO 8601: what runs are compared with, whatever the clocks of the machines say. */
export async function timeOf(handle: Handle): Promise<string> {
  const [row] = await rowsOf<{ at: string }>(handle, sql`select to_json(clock_timestamp()) #>> '{}' as at`);
  return row!.at;
}

/** Whether a run of an adapter ended since a moment of the database's clock. */
export async function hasEndedSince(handle: Handle, base: string, name: string, moment: Date): Promise<boolean> {
  const [row] = await handle
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(and(eq(trainingRuns.base, base), eq(trainingRuns.name, name), gte(trainingRuns.finishedAt, moment)))
    .limit(1);
  return row !== undefined;
}

/** Of these runs, those that are under way. */
export async function findUnderWay(handle: Handle, ids: readonly number[]): Promise<Set<number>> {
  const rows = await handle
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(and(inArray(trainingRuns.id, [...ids]), isNull(trainingRuns.finishedAt)));
  return new Set(rows.map(({ id }) => id));
}

/** When the last run of an adapter that looked at its decisions ended; null before the first. */
export async function lastRunAt(handle: Handle, base: string, name: string): Promise<Date | null> {
  const [row] = await handle
    .select({ at: trainingRuns.finishedAt })
    .from(trainingRuns)
    .where(
      and(
        eq(trainingRuns.base, base),
        eq(trainingRuns.name, name),
        sql`${trainingRuns.outcome} in ('promoted', 'refused', 'learned-nothing')`,
      ),
    )
    .orderBy(desc(trainingRuns.finishedAt))
    .limit(1);
  return row?.at ?? null;
}
