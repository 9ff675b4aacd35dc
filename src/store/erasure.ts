import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { idArray, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** Locks a member's posts in a community, in the order in which everyone locks them; returns their numbers. */
export async function lockMessagesOf(tx: Handle, communityId: number, member: string): Promise<number[]> {
  const rows = await rowsOf<{ id: number }>(
    tx,
    sql`select m.id from messages m join channels c on c.id = m.channel_id
      where c.community_id = ${communityId} and m.author = ${member}
      order by m.channel_id, m.external_id for update of m`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Takes the author, the link and the platform's id off posts and says so on their flags. What is left is a score without
 * a person. Returns the flags.
 */
export async function anonymizeMessages(tx: Handle, messages: readonly number[]): Promise<string[]> {
  await tx.execute(
    sql`update messages set author = null, link = null, external_id = 'forgotten-' || id,
        deleted_at = coalesce(deleted_at, now())
      where id = any(${idArray(messages)})`,
  );
  const flags = await rowsOf<{ flag: string }>(
    tx,
    sql`update flags set state = 'forgotten' where message_id = any(${idArray(messages)}) returning id as flag`,
  );
  return flags.map(({ flag }) => flag);
}

/**
 * Puts a name that leads nowhere in place of a member's id wherever they acted, and erases the words that they wrote.
 * Returns how many labels that were, and the flags whose cards now say something else.
 */
export async function anonymizeActs(
  tx: Handle,
  communityId: number,
  { member, alias }: { member: string; alias: string },
): Promise<{ labels: number; flags: string[] }> {
  const act = (table: string, by: string, set: SQL): Promise<{ flag: string }[]> =>
    rowsOf(
      tx,
      sql`update ${sql.raw(table)} x set ${set} from flags f
        where f.id = x.flag_id and f.community_id = ${communityId} and x.${sql.raw(by)} = ${member}
        returning x.flag_id as flag`,
    );
  const labels = await act('labels', 'moderator', sql`moderator = ${alias}, note = null`);
  const others = [
    ...(await act('reports', 'reporter', sql`reporter = null, reason = null`)),
    ...(await act('escalations', 'moderator', sql`moderator = ${alias}, reason = null`)),
    ...(await act('appeals', 'member', sql`member = ${alias}, statement = null`)),
    ...(await act('appeals', 'answered_by', sql`answered_by = ${alias}, answer = null`)),
    ...(await act('decisions', 'confirmed_by', sql`confirmed_by = ${alias}`)),
  ];
  await tx.execute(sql`update audit_log set who = ${alias} where community_id = ${communityId} and who = ${member}`);
  // Answers that were set aside stay so: the alias takes them along. How they held up is told anew without a name.
  await tx.execute(sql`delete from reliabilities where community_id = ${communityId} and moderator = ${member}`);
  for (const column of ['moderator', 'lifted_by'].map((name) => sql.raw(name))) {
    await tx.execute(
      sql`update quarantines set ${column} = ${alias} where community_id = ${communityId} and ${column} = ${member}`,
    );
  }
  await tx.execute(sql`update ignores set by = ${alias} where community_id = ${communityId} and by = ${member}`);
  await tx.execute(
    sql`update communities set
        training_by = case when training_by = ${member} then ${alias} else training_by end,
        set_up_by = case when set_up_by = ${member} then ${alias} else set_up_by end
      where id = ${communityId}`,
  );
  return { labels: labels.length, flags: [...new Set([...labels, ...others].map(({ flag }) => flag))] };
}

/** What belongs to a community, the referring before the referred to: `c` is a channel of it, `f` a flag. */
const OF_COMMUNITY: readonly SQL[] = [
  ...['examples', 'training_runs', 'weekly_reports', 'adapters'].map(
    (table) => sql`${sql.raw(table)} x where x.community_id = `,
  ),
  ...['cards', 'labels', 'decisions', 'reports', 'escalations', 'appeals'].map(
    (table) => sql`${sql.raw(table)} x using flags f where f.id = x.flag_id and f.community_id = `,
  ),
  sql`flags x where x.community_id = `,
  ...['texts', 'verdicts'].map(
    (table) =>
      sql`${sql.raw(table)} x using messages m, channels c where m.id = x.message_id and c.id = m.channel_id and c.community_id = `,
  ),
  ...['messages', 'card_hours'].map(
    (table) => sql`${sql.raw(table)} x using channels c where c.id = x.channel_id and c.community_id = `,
  ),
  ...[
    'channels',
    'history_marks',
    'ignores',
    'opt_outs',
    'audit_log',
    'reliabilities',
    'quarantines',
    'console_grants',
  ].map((table) => sql`${sql.raw(table)} x where x.community_id = `),
  sql`communities x where x.id = `,
];

/** Deletes a community and everything of it. */
export async function deleteCommunity(tx: Handle, communityId: number): Promise<void> {
  // Locked first and in the order of everyone else, so that whoever is at work is waited for.
  await tx.execute(
    sql`select from messages m join channels c on c.id = m.channel_id where c.community_id = ${communityId}
      order by m.channel_id, m.external_id for update of m`,
  );
  await tx.execute(sql`select from flags where community_id = ${communityId} order by id for update`);
  for (const rows of OF_COMMUNITY) await tx.execute(sql`delete from ${rows}${communityId}`);
}
