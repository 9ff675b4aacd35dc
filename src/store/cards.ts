import { and, asc, between, desc, eq, exists, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Appeal } from '../domain/appeal.ts';
import type { Card } from '../domain/flag.ts';
import { findLabelsOf, findReportsOf, openWords } from './card-details.ts';
import { appeals, cards, channels, communities, escalations, flags, messages, texts, verdicts } from './schema.ts';
import type { Seal, SealedRow } from './seal.ts';
import { recordset } from './statement.ts';
import type { Handle } from './statement.ts';

/** A card, the flag's version that it is drawn from, and where its platform has it. */
export interface StoredCard {
  card: Card;
  version: number;
  /** Whether its channel's cap keeps it from being shown. */
  held: boolean;
  shown: { reference: Record<string, string>; version: number } | null;
  /** Whether something began to draw it: what is not known to be shown may be there all the same. */
  tried: boolean;
}

export type CardOrder = 'new' | 'score' | 'uncertain';

/** Which flags; those that are left out do not narrow. */
export interface CardFilter {
  communityId?: number;
  flags?: readonly string[];
  /** Both ends included. */
  range?: readonly [first: string, last: string];
  /** What waits for moderators: open flags that chance did not draw, and decided ones whose appeal waits. */
  waiting?: boolean;
  /** `disputed`: open, with answers of both sides. */
  only?: 'escalated' | 'reported' | 'appealed' | 'disputed';
  /** Its threads too. */
  channel?: string;
  language?: string;
  message?: string;
}

/** The version of a card of which it is only known that it was tried; a flag's first is 1. */
const TRIED = 0;

/** Cards with their labels and reports, in three statements. */
export async function findCards(
  handle: Handle,
  seal: Seal,
  filter: CardFilter,
  { order = 'new', limit = 1000 }: { order?: CardOrder; limit?: number } = {},
): Promise<StoredCard[]> {
  const rows = await selectCards(handle, conditionOf(filter), orderOf(order), limit);
  const atRevision = rows.map((row) => ({ flag: row.flag.id, row: bindingOf(row) }));
  const labelsOf = await findLabelsOf(handle, seal, atRevision);
  const reportsOf = await findReportsOf(handle, seal, atRevision);
  return rows.map((row) => {
    const { flag, message, channel, community, platform, sealed, shown } = row;
    const binding = bindingOf(row);
    return {
      card: {
        flag: flag.id,
        message: { platform, community, channel, message: message.externalId, revision: flag.revision },
        author: message.author ?? '',
        link: message.link ?? undefined,
        postedAt: message.postedAt ?? message.receivedAt,
        text: openWords(seal, sealed, binding),
        attachments: message.attachments,
        verdict: row.verdict,
        threshold: flag.threshold,
        origin: flag.origin,
        blind: flag.origin === 'audit' && flag.state === 'open',
        state: flag.state,
        decision: flag.decision,
        labels: labelsOf.get(flag.id) ?? [],
        reports: reportsOf.get(flag.id) ?? [],
        escalation: row.escalation && {
          by: row.escalation.moderator,
          reason: openWords(seal, row.escalation.reason, binding),
          at: row.escalation.at,
        },
        appeal: row.appeal && appealOf(row.appeal, seal, binding),
        edited: flag.revision !== flag.firstRevision,
        notify: flag.notify,
      },
      version: flag.version,
      held: flag.held,
      shown: shown === null || shown.version === TRIED ? null : { reference: shown.reference, version: shown.version },
      tried: shown !== null,
    };
  });
}

function appealOf(row: typeof appeals.$inferSelect, seal: Seal, binding: SealedRow): Appeal {
  const { answeredBy, answeredAt } = row;
  return {
    flag: row.flagId,
    by: row.member,
    statement: openWords(seal, row.statement, binding),
    at: row.at,
    outcome: row.outcome,
    answer: answeredAt && {
      by: answeredBy ?? '',
      words: openWords(seal, row.answer, binding),
      at: answeredAt,
    },
  };
}

function bindingOf(row: { message: { channelId: number; externalId: string }; flag: { revision: number } }): SealedRow {
  return { channel: row.message.channelId, message: row.message.externalId, revision: row.flag.revision };
}

function selectCards(handle: Handle, where: SQL | undefined, order: SQL[], limit: number) {
  return handle
    .select({
      flag: flags,
      message: messages,
      channel: channels.externalId,
      community: communities.externalId,
      platform: communities.platform,
      verdict: {
        score: verdicts.score,
        language: verdicts.language,
        adapter: verdicts.adapter,
        adapterVersion: verdicts.adapterVersion,
        reason: verdicts.reason,
      },
      escalation: escalations,
      appeal: appeals,
      sealed: texts.sealed,
      shown: cards,
    })
    .from(flags)
    .innerJoin(messages, eq(messages.id, flags.messageId))
    .innerJoin(channels, eq(channels.id, messages.channelId))
    .innerJoin(communities, eq(communities.id, flags.communityId))
    .innerJoin(verdicts, and(eq(verdicts.messageId, flags.messageId), eq(verdicts.revision, flags.revision)))
    .leftJoin(texts, and(eq(texts.messageId, flags.messageId), eq(texts.revision, flags.revision)))
    .leftJoin(escalations, and(eq(escalations.flagId, flags.id), eq(escalations.revision, flags.revision)))
    .leftJoin(appeals, and(eq(appeals.flagId, flags.id), eq(appeals.revision, flags.revision)))
    .leftJoin(cards, eq(cards.flagId, flags.id))
    .where(where)
    .orderBy(...order)
    .limit(limit);
}

function conditionOf(filter: CardFilter): SQL | undefined {
  const { communityId, flags: ids, range, waiting, only, channel, language, message } = filter;
  const appealWaits = sql`(${appeals.flagId} is not null and ${appeals.outcome} is null)`;
  return and(
    communityId === undefined ? undefined : eq(flags.communityId, communityId),
    ids === undefined ? undefined : inArray(flags.id, [...ids]),
    range === undefined ? undefined : between(flags.id, range[0], range[1]),
    waiting === true ? or(and(eq(flags.state, 'open'), ne(flags.origin, 'audit')), appealWaits) : undefined,
    only === 'escalated' ? isNotNull(escalations.flagId) : undefined,
    only === 'reported' ? exists(reportsOfFlag) : undefined,
    only === 'appealed' ? appealWaits : undefined,
    only === 'disputed' ? DISPUTED : undefined,
    channel === undefined ? undefined : or(eq(channels.externalId, channel), eq(channels.parent, channel)),
    language === undefined ? undefined : eq(verdicts.language, language),
    message === undefined ? undefined : eq(messages.externalId, message),
  );
}

const DISPUTED = sql`(select count(distinct l.answer) from labels l
  where l.flag_id = ${flags.id} and l.revision = ${flags.revision} and l.answer <> 'unsure') = 2`;

const reportsOfFlag = sql`(select from reports r where r.flag_id = ${flags.id})`;

function orderOf(order: CardOrder): SQL[] {
  const newest = [desc(flags.flaggedAt), desc(flags.messageId)];
  if (order === 'score') return [desc(verdicts.score), ...newest];
  if (order === 'uncertain') return [asc(sql`abs(${verdicts.score} - ${flags.threshold})`), ...newest];
  return newest;
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

/** Notes that these cards are about to be drawn for the first time: before the platform is asked, and committed. */
export function storeTried(handle: Handle, ids: readonly string[]): Promise<void> {
  return storeShown(
    handle,
    ids.map((flag) => ({ flag, reference: {}, version: TRIED })),
  );
}
