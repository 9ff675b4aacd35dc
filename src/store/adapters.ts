import { and, desc, eq, isNotNull, ne, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Lesson } from '../domain/lesson.ts';
import { adapters } from './schema.ts';
import type { AdapterMetrics, AdapterState } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/**
 * A trained adapter of one base (its name and a hash of its weights): `name` is its language (`en`, `multi`) or that of
 * one community (`en-c12`), `version` 12 hex digits of its weights' sha256.
 */
export interface AdapterVersion {
  base: string;
  name: string;
  version: string;
}

/** What is known of a version beside its files. */
export interface AdapterRow extends AdapterVersion {
  id: number;
  state: AdapterState;
  metrics: AdapterMetrics;
  communityId: number | null;
  parentId: number | null;
  ledger: string | null;
  lesson: Lesson | null;
  createdAt: Date;
  servedAt: Date | null;
}

const COLUMNS = {
  id: adapters.id,
  base: adapters.base,
  name: adapters.name,
  version: adapters.version,
  state: adapters.state,
  metrics: adapters.metrics,
  communityId: adapters.communityId,
  parentId: adapters.parentId,
  ledger: adapters.ledger,
  lesson: adapters.lesson,
  createdAt: adapters.createdAt,
  servedAt: adapters.servedAt,
};

/** Where a version comes from; all of it empty for one that was not trained here. */
export type AdapterOrigin = Partial<Pick<AdapterRow, 'communityId' | 'parentId' | 'ledger' | 'lesson'>>;

/** Adds a version as a candidate; one that is known keeps its state and gets the metrics. Returns its number. */
export async function recordAdapter(
  handle: Handle,
  adapter: AdapterVersion,
  metrics: AdapterMetrics,
  origin: AdapterOrigin = {},
): Promise<number> {
  const [row] = await handle
    .insert(adapters)
    .values({ ...adapter, ...origin, state: 'candidate', metrics })
    .onConflictDoUpdate({ target: [adapters.base, adapters.name, adapters.version], set: { metrics, ...origin } })
    .returning({ id: adapters.id });
  return row!.id;
}

/**
 * Makes a version the one that is served; the one before it is retired. To be called in a transaction. `again`: it takes
 * back the place in the order of versions that it had.
 */
export async function activateAdapter(
  tx: Handle,
  { base, name, version }: AdapterVersion,
  { again = false } = {},
): Promise<void> {
  const sameName = and(eq(adapters.base, base), eq(adapters.name, name));
  await tx
    .update(adapters)
    .set({ state: 'retired', changedAt: sql`now()` })
    .where(and(sameName, eq(adapters.state, 'active'), ne(adapters.version, version)));
  const activated = await tx
    .update(adapters)
    .set({ state: 'active', changedAt: sql`now()`, ...(!again && { servedAt: sql`clock_timestamp()` }) })
    .where(and(sameName, eq(adapters.version, version)))
    .returning({ id: adapters.id });
  if (activated.length === 0) throw new Error(`adapter ${base}/${name} has no version ${version}`);
}

/** Nothing of this name is served from here any more: what came with the base, or the shared adapter, answers again. */
export async function retireAdapter(tx: Handle, id: number): Promise<void> {
  await tx
    .update(adapters)
    .set({ state: 'retired', changedAt: sql`now()` })
    .where(eq(adapters.id, id));
}

/** The channel on which every process hears that other versions are served. */
export const ADAPTERS_CHANNEL = 'evenkeel_adapters';

/** Tells every process once the transaction commits. */
export async function announceAdapters(tx: Handle): Promise<void> {
  await tx.execute(sql`select pg_notify(${ADAPTERS_CHANNEL}, '')`);
}

/** The versions that are served for a base. */
export function findActiveAdapters(handle: Handle, base: string): Promise<AdapterVersion[]> {
  return handle
    .select({ base: adapters.base, name: adapters.name, version: adapters.version })
    .from(adapters)
    .where(and(eq(adapters.base, base), eq(adapters.state, 'active')))
    .orderBy(adapters.name);
}

/** The versions of a base, the newest first; of one name where it is given. */
export function findVersions(handle: Handle, base: string, name?: string): Promise<AdapterRow[]> {
  return handle
    .select(COLUMNS)
    .from(adapters)
    .where(and(eq(adapters.base, base), name === undefined ? undefined : eq(adapters.name, name)))
    .orderBy(adapters.name, desc(adapters.createdAt), desc(adapters.id));
}

/** The versions of a community's own adapters, the newest first. */
export function findOwnVersions(handle: Handle, communityId: number, limit: number): Promise<AdapterRow[]> {
  return handle
    .select(COLUMNS)
    .from(adapters)
    .where(eq(adapters.communityId, communityId))
    .orderBy(desc(adapters.createdAt), desc(adapters.id))
    .limit(limit);
}

/** Those of them that answer. */
export function findOwnActive(handle: Handle, communityId: number): Promise<AdapterRow[]> {
  return handle
    .select(COLUMNS)
    .from(adapters)
    .where(and(eq(adapters.communityId, communityId), eq(adapters.state, 'active')))
    .orderBy(adapters.name);
}

/** What was served before, the latest first. */
export function findServedBefore(handle: Handle, { base, name, id }: AdapterRow): Promise<AdapterRow[]> {
  return handle
    .select(COLUMNS)
    .from(adapters)
    .where(and(eq(adapters.base, base), eq(adapters.name, name), isNotNull(adapters.servedAt), ne(adapters.id, id)))
    .orderBy(desc(adapters.servedAt));
}

export async function findActive(handle: Handle, base: string, name: string): Promise<AdapterRow | null> {
  const [row] = await handle
    .select(COLUMNS)
    .from(adapters)
    .where(and(eq(adapters.base, base), eq(adapters.name, name), eq(adapters.state, 'active')));
  return row ?? null;
}

/**
 * Pairs of a version and an ancestor of it (itself included) that used an example which is gone before its term:
 * `version`, `ancestor`, `example`.
 */
const ERASED_EXAMPLES: SQL = sql`(
  with recursive lineage as (
    select a.id as version, a.id as ancestor from adapters a
    union all
    select l.version, a.parent_id from lineage l join adapters a on a.id = l.ancestor where a.parent_id is not null
  )
  select l.version, l.ancestor, x.example_id as example
  from lineage l join adapter_examples x on x.adapter_id = l.ancestor
  where x.expired_at is null and not exists (select from examples e where e.id = x.example_id)
)`;

/** Of these versions, those that must not be served: they learned from what someone had erased. */
export async function findMarked(handle: Handle, base: string): Promise<Set<number>> {
  const rows = await rowsOf<{ id: number }>(
    handle,
    sql`select distinct a.id from adapters a join ${ERASED_EXAMPLES} g on g.version = a.id where a.base = ${base}`,
  );
  return new Set(rows.map(({ id }) => id));
}
