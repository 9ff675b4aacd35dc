import { and, asc, eq } from 'drizzle-orm';
import type { Platform } from '../domain/message.ts';
import { installations } from './schema.ts';
import type { Seal } from './seal.ts';
import type { Handle } from './statement.ts';

/** Installations of a platform's app, sealed, by the id that the platform gives them. */
export interface InstallationTable {
  /** In place of an earlier one. */
  save(id: string, document: string): Promise<void>;
  find(id: string): Promise<string | null>;
  /** False where there was none. */
  remove(id: string): Promise<boolean>;
  ids(): Promise<string[]>;
}

export function installationsOf(handle: Handle, seal: Seal, platform: Platform): InstallationTable {
  const own = (id: string) => and(eq(installations.platform, platform), eq(installations.externalId, id));
  const rowOf = (id: string) => ({ installation: `${platform} ${id}` });
  return {
    async save(id, document) {
      const sealed = seal.seal(document, rowOf(id));
      const at = new Date();
      await handle
        .insert(installations)
        .values({ platform, externalId: id, sealed, at })
        .onConflictDoUpdate({ target: [installations.platform, installations.externalId], set: { sealed, at } });
    },
    async find(id) {
      const [row] = await handle.select().from(installations).where(own(id));
      return row === undefined ? null : seal.open(row.sealed, rowOf(id));
    },
    async remove(id) {
      const removed = await handle.delete(installations).where(own(id)).returning({ id: installations.externalId });
      return removed.length > 0;
    },
    async ids() {
      const rows = await handle
        .select({ id: installations.externalId })
        .from(installations)
        .where(eq(installations.platform, platform))
        .orderBy(asc(installations.at));
      return rows.map(({ id }) => id);
    },
  };
}
