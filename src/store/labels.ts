import { and, asc, eq, ne, sql } from 'drizzle-orm';
import type { Answer, Label } from '../domain/label.ts';
import { labels } from './schema.ts';
import type { Handle } from './statement.ts';

/** Stores a moderator's answer about one revision, in place of an earlier one; false where it was given already. */
export async function storeLabel(
  tx: Handle,
  row: { flag: string; revision: number; moderator: string; answer: Answer },
): Promise<boolean> {
  const stored = await tx
    .insert(labels)
    .values({ flagId: row.flag, revision: row.revision, moderator: row.moderator, answer: row.answer })
    .onConflictDoUpdate({
      target: [labels.flagId, labels.revision, labels.moderator],
      set: { answer: row.answer, at: sql`now()` },
      setWhere: ne(labels.answer, row.answer),
    })
    .returning({ answer: labels.answer });
  return stored.length > 0;
}

/** The labels of one revision, oldest first. */
export function findLabels(handle: Handle, flag: string, revision: number): Promise<Label[]> {
  return handle
    .select({ moderator: labels.moderator, answer: labels.answer, at: labels.at })
    .from(labels)
    .where(and(eq(labels.flagId, flag), eq(labels.revision, revision)))
    .orderBy(asc(labels.at), asc(labels.moderator));
}
