import { and, eq, sql } from 'drizzle-orm';
import { adapters } from './schema.ts';
import type { AdapterMetrics } from './schema.ts';
import type { Handle } from './statement.ts';

/** A trained adapter of one base: `name` is its language (`en`, `multi`), `version` 12 hex digits of its weights' sha256. */
export interface AdapterVersion {
  base: string;
  name: string;
  version: string;
}

/** Adds a version as a candidate; one that is known keeps its state and gets the metrics. */
export async function recordAdapter(handle: Handle, adapter: AdapterVersion, metrics: AdapterMetrics): Promise<void> {
  await handle
    .insert(adapters)
    .values({ ...adapter, state: 'candidate', metrics })
    .onConflictDoUpdate({ target: [adapters.base, adapters.name, adapters.version], set: { metrics } });
}

/** Makes a version the one that is served; the one before it is retired. To be called in a transaction. */
export async function activateAdapter(tx: Handle, { base, name, version }: AdapterVersion): Promise<void> {
  const sameName = and(eq(adapters.base, base), eq(adapters.name, name));
  await tx
    .update(adapters)
    .set({ state: 'retired', changedAt: sql`now()` })
    .where(and(sameName, eq(adapters.state, 'active')));
  const activated = await tx
    .update(adapters)
    .set({ state: 'active', changedAt: sql`now()` })
    .where(and(sameName, eq(adapters.version, version)))
    .returning({ id: adapters.id });
  if (activated.length === 0) throw new Error(`adapter ${base}/${name} has no version ${version}`);
}

/** The versions that are served for a base. */
export function findActiveAdapters(handle: Handle, base: string): Promise<AdapterVersion[]> {
  return handle
    .select({ base: adapters.base, name: adapters.name, version: adapters.version })
    .from(adapters)
    .where(and(eq(adapters.base, base), eq(adapters.state, 'active')))
    .orderBy(adapters.name);
}
