import { desc, eq } from 'drizzle-orm';
import { auditLog } from './schema.ts';
import { storable } from './statement.ts';
import type { Handle } from './statement.ts';

/** Who did what in a community. `details` holds ids and settings, never the text of a message. */
export interface AuditEntry {
  communityId: number | null;
  who: string;
  what:
    | 'label'
    | 'undo'
    | 'escalate'
    | 'sanction'
    | 'raise'
    | 'appeal'
    | 'appeal-answer'
    | 'threshold'
    | 'mode'
    | 'setting'
    | 'ignore'
    | 'unignore'
    | 'forget'
    | 'confirm'
    | 'quarantine'
    | 'restore'
    | 'retrain'
    | 'promote'
    | 'rollback';
  details: Record<string, string | number | null>;
}

export async function recordAudit(tx: Handle, entry: AuditEntry): Promise<void> {
  await tx.insert(auditLog).values({ ...entry, who: storable(entry.who) });
}

/** The latest entries of a community, newest first. */
export function findAudit(
  handle: Handle,
  communityId: number,
  limit: number,
): Promise<{ who: string; what: string; at: Date; details: AuditEntry['details'] }[]> {
  return handle
    .select({ who: auditLog.who, what: auditLog.what, at: auditLog.at, details: auditLog.details })
    .from(auditLog)
    .where(eq(auditLog.communityId, communityId))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(limit);
}
