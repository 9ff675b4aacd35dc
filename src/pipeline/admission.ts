import { bandOf } from '../domain/flag.ts';
import { roleToPing } from '../domain/notify.ts';
import { countCards, lockCardHours } from '../store/card-hours.ts';
import { countPings } from '../store/flags.ts';
import type { Handle } from '../store/statement.ts';
import type { LockedMessage } from '../store/verdicts.ts';
import type { Verdict } from '../domain/verdict.ts';

/** A message whose flag is new. */
export type Raised = LockedMessage & { verdict: Verdict };

/** What comes with a new flag's card: whether the channel's cap holds it back, and the role that it pings. */
export interface Admission {
  held: boolean;
  notify: string | null;
}

/**
 * Lets the highest scores have cards until a channel has raised its hour's fill, and counts the rest. Returns what holds
 * for each message and the summaries (by their number) that now count more.
 */
export async function admit(
  tx: Handle,
  raised: readonly Raised[],
  now: Date = new Date(),
): Promise<{ admissions: Map<number, Admission>; summaries: { id: number; platform: LockedMessage['platform'] }[] }> {
  const capped = raised.filter(({ cardsPerHour }) => cardsPerHour !== null);
  const held = new Set<number>();
  const summaries: { id: number; platform: LockedMessage['platform'] }[] = [];
  const hours = capped.length === 0 ? [] : await lockCardHours(tx, [...new Set(capped.map(({ channel }) => channel))]);
  for (const { id, channel, shown } of hours) {
    const waiting = capped.filter((each) => each.channel === channel).sort((a, b) => b.verdict.score - a.verdict.score);
    const room = Math.max(0, waiting[0]!.cardsPerHour! - shown);
    const over = waiting.slice(room);
    for (const { message } of over) held.add(message);
    await countCards(tx, id, { shown: waiting.length - over.length, held: over.length });
    if (over.length > 0) summaries.push({ id, platform: waiting[0]!.platform });
  }
  const roles = await rolesToPing(
    tx,
    raised.filter(({ message }) => !held.has(message)),
    now,
  );
  const admissions = new Map(
    raised.map(({ message }) => [message, { held: held.has(message), notify: roles.get(message) ?? null }]),
  );
  return { admissions, summaries };
}

/** The role that each message's card pings, as far as the community's hour has pings left. */
async function rolesToPing(tx: Handle, shown: readonly Raised[], now: Date): Promise<Map<number, string>> {
  const roles = new Map<number, string>();
  const wanted = shown.filter(({ notify, verdict, threshold }) => {
    const band = bandOf(verdict.score, threshold);
    return notify !== null && roleToPing(notify, { band, pinged: 0, now }) !== null;
  });
  for (const [communityId, some] of Map.groupBy(wanted, (each) => each.communityId)) {
    let pinged = await countPings(tx, communityId);
    for (const { message, notify, verdict, threshold } of some) {
      const role = roleToPing(notify!, { band: bandOf(verdict.score, threshold), pinged, now });
      if (role === null) continue;
      pinged += 1;
      roles.set(message, role);
    }
  }
  return roles;
}
