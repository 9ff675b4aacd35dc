import { and, asc, between, desc, eq, inArray, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Card } from '../domain/flag.ts';
import type { Label } from '../domain/label.ts';
import { cards, channels, communities, flags, labels, messages, texts, verdicts } from './schema.ts';
import type { Seal } from './seal.ts';
import { recordset } from './statement.ts';
import type { Handle } from './statement.ts';

/** A card, the flag's version that it is drawn from, and where its platform has it. */
export interface StoredCard {
  card: Card;
  version: number;
  shown: { reference: Record<string, string>; version: number } | null;
}

export type CardOrder = 'new' | 'score' | 'uncertain';

/** Which flags; those that are left out do not narrow. */
export interface CardFilter {
  communityId?: number;
  flags?: readonly string[];
  /** Both ends included. */
  range?: readonly [first: string, last: string];
  state?: Card['state'];
  channel?: string;
  language?: string;
}

/** Cards with their labels, in two statements. */
export async function findCards(
  handle: Handle,
  seal: Seal,
  filter: CardFilter,
  { order = 'new', limit = 1000 }: { order?: CardOrder; limit?: number } = {},
): Promise<StoredCard[]> {
  const rows = await selectCards(handle, conditionOf(filter), orderOf(order), limit);
  const labelsOf = await findLabelsOf(handle, rows);
  return rows.map(({ flag, message, channel, community, platform, verdict, sealed, shown }) => ({
    card: {
      flag: flag.id,
      message: { platform, community, channel, message: message.externalId, revision: flag.revision },
      author: message.author ?? '',
      link: message.link ?? undefined,
      postedAt: message.postedAt ?? message.receivedAt,
      text:
        sealed === null
          ? null
          : seal.open(sealed, { channel: message.channelId, message: message.externalId, revision: flag.revision }),
      verdict: {
        score: verdict.score,
        language: verdict.language,
        adapter: verdict.adapter,
        adapterVersion: verdict.adapterVersion,
        reason: verdict.reason,
      },
      threshold: flag.threshold,
      state: flag.state,
      decision: flag.decision,
      labels: labelsOf.get(flag.id) ?? [],
      edited: flag.revision !== flag.firstRevision,
    },
    version: flag.version,
    shown: shown === null ? null : { reference: shown.reference, version: shown.version },
  }));
}

function selectCards(handle: Handle, where: SQL | undefined, order: SQL[], limit: number) {
  return handle
    .select({
      flag: flags,
      message: messages,
      channel: channels.externalId,
      community: communities.externalId,
      platform: communities.platform,
      verdict: verdicts,
      sealed: texts.sealed,
      shown: cards,
    })
    .from(flags)
    .innerJoin(messages, eq(messages.id, flags.messageId))
    .innerJoin(channels, eq(channels.id, messages.channelId))
    .innerJoin(communities, eq(communities.id, flags.communityId))
    .innerJoin(verdicts, and(eq(verdicts.messageId, flags.messageId), eq(verdicts.revision, flags.revision)))
    .leftJoin(texts, and(eq(texts.messageId, flags.messageId), eq(texts.revision, flags.revision)))
    .leftJoin(cards, eq(cards.flagId, flags.id))
    .where(where)
    .orderBy(...order)
    .limit(limit);
}

function conditionOf({ communityId, flags: ids, range, state, channel, language }: CardFilter): SQL | undefined {
  return and(
    communityId === undefined ? undefined : eq(flags.communityId, communityId),
    ids === undefined ? undefined : inArray(flags.id, [...ids]),
    range === undefined ? undefined : between(flags.id, range[0], range[1]),
    state === undefined ? undefined : eq(flags.state, state),
    channel === undefined ? undefined : eq(channels.externalId, channel),
    language === undefined ? undefined : eq(verdicts.language, language),
  );
}

function orderOf(order: CardOrder): SQL[] {
  const newest = [desc(flags.flaggedAt), desc(flags.messageId)];
  if (order === 'score') return [desc(verdicts.score), ...newest];
  if (order === 'uncertain') return [asc(sql`abs(${verdicts.score} - ${flags.threshold})`), ...newest];
  return newest;
}

async function findLabelsOf(
  handle: Handle,
  rows: readonly { flag: { id: string; revision: number } }[],
): Promise<Map<string, Label[]>> {
  const byFlag = new Map<string, Label[]>();
  if (rows.length === 0) return byFlag;
  const found = await handle
    .select({ flag: labels.flagId, moderator: labels.moderator, answer: labels.answer, at: labels.at })
    .from(labels)
    .innerJoin(flags, and(eq(flags.id, labels.flagId), eq(flags.revision, labels.revision)))
    .where(
      inArray(
        labels.flagId,
        rows.map(({ flag }) => flag.id),
      ),
    )
    .orderBy(asc(labels.at), asc(labels.moderator));
  for (const { flag, ...label } of found) {
    const list = byFlag.get(flag) ?? [];
    list.push(label);
    byFlag.set(flag, list);
  }
  return byFlag;
}

/** Remembers where cards are and what they show; an older drawing never overwrites a newer one. */
export async function storeShown(
  handle: Handle,
  rows: readonly { flag: string; reference: Record<string, string>; version: number }[],
): Promise<void> {
  await handle.execute(
    sql`insert into cards as c (flag_id, reference, version)
      select flag, reference, version from ${recordset(rows, 'flag uuid, reference jsonb, version int')} r order by flag
      on conflict (flag_id) do update
        set reference = excluded.reference, version = excluded.version, shown_at = now()
        where c.version <= excluded.version`,
  );
}
