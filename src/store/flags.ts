import { and, eq, sql } from 'drizzle-orm';
import type { FlagState, Origin, RaisedBy } from '../domain/flag.ts';
import type { Platform } from '../domain/message.ts';
import { flags, messages as posts } from './schema.ts';
import { idArray, recordset, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';
import type { RevisionKey } from './verdicts.ts';

/** A flag and the platform that shows its card. */
export interface FlagKey {
  flag: string;
  platform: Platform;
}

export interface NewFlag extends RevisionKey {
  /** The id it gets if its message has no flag yet. */
  flag: string;
  communityId: number;
  threshold: number;
  /** These three are kept where the flag is only opened again, unless chance had drawn it: it had no card. */
  origin: Origin;
  held: boolean;
  notify: string | null;
  /** Whether chance drew the revision. */
  drawn?: true;
}

/** Opens a flag for each message, or opens its one flag again for this revision. Returns their messages and ids. */
export function openFlags(tx: Handle, rows: readonly NewFlag[]): Promise<{ message: number; flag: string }[]> {
  const columns =
    'flag uuid, message bigint, revision bigint, "communityId" bigint, threshold float8, origin text, held boolean, notify text, drawn boolean';
  return rowsOf(
    tx,
    sql`insert into flags
        (id, message_id, community_id, revision, first_revision, state, threshold, origin, held, notify, notified_at, drawn_at)
      select flag, message, "communityId", revision, revision, 'open', threshold, origin, held,
        notify, case when notify is not null then now() end, case when drawn then now() end
      from ${recordset(rows, columns)} r order by message
      on conflict (message_id) do update
        set revision = excluded.revision, state = 'open', decision = 'undecided', threshold = excluded.threshold,
          origin = case when flags.origin = 'audit' then excluded.origin else flags.origin end,
          held = case when flags.origin = 'audit' then excluded.held else flags.held end,
          notify = case when flags.origin = 'audit' then excluded.notify else flags.notify end,
          notified_at = case when flags.origin = 'audit' then excluded.notified_at else flags.notified_at end,
          drawn_at = excluded.drawn_at, version = flags.version + 1, changed_at = now()
      returning message_id as message, id as flag`,
  );
}

/** Withdraws the flags of messages whose latest revision is not flagged. Returns their messages and ids. */
export function withdrawFlags(
  tx: Handle,
  given: readonly (RevisionKey & { threshold: number })[],
): Promise<{ message: number; flag: string }[]> {
  const rows = given.map(({ message, revision, threshold }) => ({ message, revision, threshold }));
  return rowsOf(
    tx,
    sql`update flags f
      set revision = r.revision, state = 'withdrawn', decision = 'undecided', threshold = r.threshold,
        version = f.version + 1, changed_at = now()
      from ${recordset(rows, 'message bigint, revision bigint, threshold float8')} r
      where f.message_id = r.message
      returning f.message_id as message, f.id as flag`,
  );
}

/** Marks the flags of deleted messages; returns those that were not marked yet. */
export function removeFlags(tx: Handle, messages: readonly number[]): Promise<FlagKey[]> {
  return changeOf(tx, messages, sql`state = 'removed',`, sql`and f.state <> 'removed'`);
}

/** Counts a change of what these messages' cards show; returns their flags. */
export function touchFlags(tx: Handle, messages: readonly number[]): Promise<FlagKey[]> {
  return changeOf(tx, messages, sql``, sql``);
}

function changeOf(
  tx: Handle,
  messages: readonly number[],
  set: ReturnType<typeof sql>,
  where: ReturnType<typeof sql>,
): Promise<FlagKey[]> {
  return rowsOf(
    tx,
    sql`update flags f set ${set} version = f.version + 1, changed_at = now()
      from communities o
      where f.message_id = any(${idArray(messages)}) and o.id = f.community_id ${where}
      returning f.id as flag, o.platform`,
  );
}

/** A flag under a lock that holds other moderators back; null where the community has no such flag. */
export async function lockFlag(
  tx: Handle,
  communityId: number,
  flag: string,
): Promise<{ revision: number; channel: number } | null> {
  const [row] = await tx
    .select({ revision: flags.revision, channel: posts.channelId })
    .from(flags)
    .innerJoin(posts, eq(posts.id, flags.messageId))
    .where(and(eq(flags.id, flag), eq(flags.communityId, communityId)))
    .for('update', { of: flags });
  return row ?? null;
}

/**
 * Counts a change of what a flag's card shows; `release` lets one that the channel's cap held back have a card, and
 * `raisedBy` makes one that chance drew a person's.
 */
export async function countChange(
  tx: Handle,
  flag: string,
  { release = false, raisedBy }: { release?: boolean; raisedBy?: RaisedBy } = {},
): Promise<void> {
  await tx
    .update(flags)
    .set({
      version: sql`${flags.version} + 1`,
      changedAt: sql`now()`,
      held: release ? false : sql`${flags.held}`,
      ...(raisedBy && { origin: sql`case when ${flags.origin} = 'audit' then ${raisedBy} else ${flags.origin} end` }),
    })
    .where(eq(flags.id, flag));
}

/** The same for many flags. */
export async function countChanges(tx: Handle, ids: readonly string[]): Promise<void> {
  await tx.execute(
    sql`update flags set version = version + 1, changed_at = now() where id = any(${`{${ids.join(',')}}`}::uuid[])`,
  );
}

/** Pings of a community in the last hour, under a lock that holds others of the community back. */
export async function countPings(tx: Handle, communityId: number): Promise<number> {
  await tx.execute(sql`select from communities where id = ${communityId} for no key update`);
  const [row] = await rowsOf<{ pings: number }>(
    tx,
    sql`select count(*)::int as pings from flags
      where community_id = ${communityId} and notified_at > now() - interval '1 hour'`,
  );
  return row!.pings;
}

/** A message's flag; null where it has none. */
export async function findFlagOf(
  tx: Handle,
  message: number,
): Promise<{ flag: string; state: FlagState; revision: number } | null> {
  const [row] = await tx
    .select({ flag: flags.id, state: flags.state, revision: flags.revision })
    .from(flags)
    .where(eq(flags.messageId, message));
  return row ?? null;
}
