import { and, desc, eq, sql } from 'drizzle-orm';
import { appeals, escalations, flags, reports } from './schema.ts';
import type { Handle } from './statement.ts';

/** Keeps the first escalation of a revision. */
export async function storeEscalation(tx: Handle, row: typeof escalations.$inferInsert): Promise<void> {
  await tx.insert(escalations).values(row).onConflictDoNothing();
}

/** Keeps a member's first report of a revision; false where it was there. */
export async function storeReport(tx: Handle, row: typeof reports.$inferInsert): Promise<boolean> {
  const stored = await tx.insert(reports).values(row).onConflictDoNothing().returning({ id: reports.id });
  return stored.length > 0;
}

/** Keeps the first appeal of a revision. */
export async function storeAppeal(tx: Handle, row: typeof appeals.$inferInsert): Promise<void> {
  await tx.insert(appeals).values(row).onConflictDoNothing();
}

export async function answerStoredAppeal(
  tx: Handle,
  { flag, revision }: { flag: string; revision: number },
  set: Required<Pick<typeof appeals.$inferInsert, 'outcome' | 'answeredBy' | 'answer'>>,
): Promise<void> {
  await tx
    .update(appeals)
    .set({ ...set, answeredAt: sql`now()` })
    .where(and(eq(appeals.flagId, flag), eq(appeals.revision, revision)));
}

/** The flags of a community that a member appealed, newest first. */
export async function findAppealed(handle: Handle, communityId: number, member: string): Promise<string[]> {
  const rows = await handle
    .select({ flag: appeals.flagId })
    .from(appeals)
    .innerJoin(flags, and(eq(flags.id, appeals.flagId), eq(flags.revision, appeals.revision)))
    .where(and(eq(appeals.member, member), eq(flags.communityId, communityId)))
    .orderBy(desc(appeals.at))
    .limit(100);
  return rows.map(({ flag }) => flag);
}
