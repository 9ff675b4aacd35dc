import { eq, sql } from 'drizzle-orm';
import type { CardSummary } from '../domain/flag.ts';
import { cardHours } from './schema.ts';
import { idArray, rowsOf } from './statement.ts';
import type { Handle } from './statement.ts';

/** A channel's present hour, under a lock that holds other cards of the channel back. */
export interface CardHour {
  id: number;
  channel: number;
  /** Cards of the last 60 minutes: those of this hour, and of the one before its part in them, as if spread evenly. */
  shown: number;
}

/** Locks the present hour (UTC) of these channels, in the order of their ids. */
export function lockCardHours(tx: Handle, channels: readonly number[]): Promise<CardHour[]> {
  return rowsOf(
    tx,
    sql`insert into card_hours as h (channel_id, hour)
      select channel, date_trunc('hour', now(), 'UTC') from unnest(${idArray(channels)}) channel
      group by channel order by channel
      on conflict (channel_id, hour) do update set shown = h.shown
      returning h.id, h.channel_id as channel, h.shown + coalesce((
          select round(p.shown * (1 - extract(epoch from now() - h.hour) / 3600)) from card_hours p
          where p.channel_id = h.channel_id and p.hour = h.hour - interval '1 hour'
        ), 0)::int as shown`,
  );
}

/** Counts cards that an hour shows and those that its cap holds back. */
export async function countCards(
  tx: Handle,
  id: number,
  { shown, held }: { shown: number; held: number },
): Promise<void> {
  await tx
    .update(cardHours)
    .set({ shown: sql`${cardHours.shown} + ${shown}`, held: sql`${cardHours.held} + ${held}` })
    .where(eq(cardHours.id, id));
}

/** A summary, and where its platform has it; `shownHeld` is the count that it shows there. */
export interface StoredSummary {
  summary: CardSummary;
  reference: Record<string, string> | null;
  shownHeld: number;
}

export async function findSummaries(handle: Handle, ids: readonly number[]): Promise<StoredSummary[]> {
  const rows = await rowsOf<{
    id: number;
    platform: CardSummary['channel']['platform'];
    community: string;
    channel: string;
    hour: string;
    shown: number;
    held: number;
    reference: Record<string, string> | null;
    shownHeld: number;
  }>(
    handle,
    sql`select h.id, o.platform, o.external_id as community, c.external_id as channel,
        (extract(epoch from h.hour) * 1000)::bigint as hour, h.shown, h.held, h.reference, h.shown_held as "shownHeld"
      from card_hours h join channels c on c.id = h.channel_id join communities o on o.id = c.community_id
      where h.id = any(${idArray(ids)})`,
  );
  return rows.map(({ id, platform, community, channel, hour, shown, held, reference, shownHeld }) => ({
    summary: { id: String(id), channel: { platform, community, channel }, hour: new Date(hour), shown, held },
    reference,
    shownHeld,
  }));
}

/** Remembers where a summary is and what it shows; an older drawing never overwrites a newer one. */
export async function storeSummaryShown(
  handle: Handle,
  id: number,
  { reference, held }: { reference: Record<string, string>; held: number },
): Promise<void> {
  await handle.execute(
    sql`update card_hours set reference = ${JSON.stringify(reference)}::jsonb, shown_held = ${held}
      where id = ${id} and shown_held <= ${held}`,
  );
}
