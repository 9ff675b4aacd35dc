import { and, eq, sql } from 'drizzle-orm';
import type { Answer, Manifestation, Target } from '../domain/label.ts';
import { labels } from './schema.ts';
import type { Handle } from './statement.ts';

export interface NewLabel {
  flag: string;
  communityId: number;
  revision: number;
  moderator: string;
  answer: Answer;
  targets: Target[];
  manifestations: Manifestation[];
  note: Buffer | null;
}

/**
 * Stores a moderator's answer about one revision, in place of an earlier one, whose place it keeps. To be called under the
 * flag's lock: the clock, not the transaction's beginning, then tells who was first.
 */
export async function storeLabel(tx: Handle, { flag, ...row }: NewLabel): Promise<void> {
  const { answer, targets, manifestations, note } = row;
  await tx
    .insert(labels)
    .values({ ...row, flagId: flag })
    .onConflictDoUpdate({
      target: [labels.flagId, labels.revision, labels.moderator],
      set: { answer, targets, manifestations, note, at: sql`clock_timestamp()` },
    });
}

/** Takes a moderator's label back if it was given or changed after a moment; false where there is none such. */
export async function deleteLabel(
  tx: Handle,
  row: Pick<NewLabel, 'flag' | 'revision' | 'moderator'>,
  givenAfter: Date,
): Promise<boolean> {
  const deleted = await tx
    .delete(labels)
    .where(
      and(
        eq(labels.flagId, row.flag),
        eq(labels.revision, row.revision),
        eq(labels.moderator, row.moderator),
        sql`${labels.at} >= ${givenAfter.toISOString()}::timestamptz`,
      ),
    )
    .returning({ answer: labels.answer });
  return deleted.length > 0;
}
