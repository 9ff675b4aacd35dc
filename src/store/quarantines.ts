import { and, asc, eq, isNotNull, isNull, max, sql } from 'drizzle-orm';
import type { Quarantine, QuarantineReason } from '../domain/quarantine.ts';
import { quarantines } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Sets a moderator's answers aside; false where they are already. */
export async function addQuarantine(
  tx: Handle,
  row: { communityId: number; moderator: string; reason: QuarantineReason; labels: number },
): Promise<number | null> {
  const [added] = await tx.insert(quarantines).values(row).onConflictDoNothing().returning({ id: quarantines.id });
  return added?.id ?? null;
}

/** Takes answers back in; returns whose they are, null where nothing such stands. */
export async function liftQuarantine(tx: Handle, communityId: number, id: number, by: string): Promise<string | null> {
  const [lifted] = await tx
    .update(quarantines)
    .set({ liftedBy: by, liftedAt: sql`now()` })
    .where(and(eq(quarantines.communityId, communityId), eq(quarantines.id, id), isNull(quarantines.liftedAt)))
    .returning({ moderator: quarantines.moderator });
  return lifted?.moderator ?? null;
}

/** Those that stand, the oldest first; nobody is named. */
export function findQuarantines(handle: Handle, communityId: number): Promise<Quarantine[]> {
  return handle
    .select({ id: quarantines.id, reason: quarantines.reason, labels: quarantines.labels, at: quarantines.at })
    .from(quarantines)
    .where(and(eq(quarantines.communityId, communityId), isNull(quarantines.liftedAt)))
    .orderBy(asc(quarantines.id));
}

/** When each moderator's answers were last taken back in: only later ones may be held against them. */
export async function findLifted(handle: Handle, communityId: number): Promise<Map<string, number>> {
  const rows = await handle
    .select({ moderator: quarantines.moderator, at: max(quarantines.liftedAt) })
    .from(quarantines)
    .where(and(eq(quarantines.communityId, communityId), isNotNull(quarantines.liftedAt)))
    .groupBy(quarantines.moderator);
  return new Map(rows.map(({ moderator, at }) => [moderator, new Date(at!).getTime()]));
}

/** Flags that still stand and that a moderator answered at their present revision, under lock, in the order of their ids. */
export async function lockAnswered(tx: Handle, communityId: number, moderator: string): Promise<string[]> {
  const rows = await rowsOf<{ flag: string }>(
    tx,
    sql`select f.id as flag from flags f
      where f.community_id = ${communityId} and f.state in ('open', 'decided')
        and exists (select from labels l where l.flag_id = f.id and l.revision = f.revision and l.moderator = ${moderator})
      order by f.id for update of f`,
  );
  return rows.map(({ flag }) => flag);
}
