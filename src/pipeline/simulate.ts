import { MIN_DECIDED, wilson } from '../domain/insight.ts';
import type { Scope, Simulation } from '../domain/insight.ts';
import type { CommunityAddress } from '../domain/message.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { countDecided, findChanged, simulateCounts } from '../store/simulation.ts';
import { storable } from '../store/statement.ts';

const DAY_MS = 86_400_000;
const DAYS_MOST = 30;
const CHANGED_SHOWN = 10;

/** What a threshold would have done, told from stored scores; no text is read. Throws `input` for what is no threshold. */
export async function simulate(
  { database: { handle } }: { database: Database },
  community: CommunityAddress,
  threshold: number,
  { days, channel, language }: Scope & { days: number },
  now: Date = new Date(),
): Promise<Simulation> {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new EvenkeelError('input', `The threshold ${threshold} is not a number from 0 to 1`, {
      hint: 'Give a score such as 0.7.',
    });
  }
  const communityId = (await findCommunity(handle, community)) ?? -1;
  const scope = { channel: channel && storable(channel), language: language && storable(language) };
  const asked = Math.min(DAYS_MOST, Math.max(1, Math.floor(days)));
  const since = new Date(now.getTime() - asked * DAY_MS);
  const { total, languages, daily } = await simulateCounts(handle, communityId, threshold, { ...scope, since });
  const { decided, polarized, flaggedFrom } = await countDecided(handle, communityId, threshold, scope);
  const changed = await findChanged(handle, communityId, threshold, { ...scope, since, limit: CHANGED_SHOWN });
  return {
    threshold,
    days: total.oldest === null ? asked : Math.min(asked, Math.max(1, (now.getTime() - total.oldest) / DAY_MS)),
    messages: total.messages,
    flagged: total.flagged,
    flaggedNow: total.flaggedNow,
    precision: decided < MIN_DECIDED ? null : wilson(polarized, decided),
    decided,
    flaggedFrom: flaggedFrom ?? threshold,
    languages,
    daily,
    changed: changed.map(({ link, score, language: found, ...message }) => ({ message, link, score, language: found })),
  };
}
