import { chanceOf, rateFor } from '../domain/audit-draw.ts';
import { isFlagged } from '../domain/policy.ts';
import { estimateRecall } from '../domain/recall.ts';
import type { Recall } from '../domain/recall.ts';
import type { CommunityAddress } from '../domain/message.ts';
import type { Verdict } from '../domain/verdict.ts';
import { countAudited, countDraws, findAuditing, storeAuditRate } from '../store/audits.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import type { Handle } from '../store/statement.ts';
import type { LockedMessage } from '../store/verdicts.ts';

const DAY_MS = 86_400_000;

type Judged = LockedMessage & { verdict: Verdict };

/**
 * Which of these posts, that nothing flags, moderators are asked about all the same: drawn by chance where the community
 * wants that, as many in a day as it wants at most. By our own number of the message.
 */
export async function draw(
  tx: Handle,
  judged: readonly Judged[],
  random: () => number = Math.random,
): Promise<Set<number>> {
  const drawn = judged.filter(
    (each) =>
      each.auditsPerDay > 0 &&
      each.mode === 'review' &&
      !each.hasFlag &&
      !isFlagged(each, each.verdict) &&
      each.verdict.reason !== 'no-text' &&
      each.verdict.reason !== 'unseen' &&
      random() < chanceOf(each.verdict.score, each.auditRate),
  );
  const asked = new Set<number>();
  const communities = [...Map.groupBy(drawn, ({ communityId }) => communityId)].toSorted(
    ([one], [other]) => one - other,
  );
  for (const [communityId, some] of communities) {
    const room = Math.max(0, some[0]!.auditsPerDay - (await countDraws(tx, communityId)));
    for (const { message } of some.slice(0, room)) asked.add(message);
  }
  return asked;
}

/** The share of unflagged posts that is to be drawn for so many a day, as the last day's tell. */
export async function auditRateOf(tx: Handle, communityId: number, perDay: number, now: Date): Promise<number> {
  if (perDay === 0) return 0;
  const { strata } = await countAudited(tx, communityId, new Date(now.getTime() - DAY_MS));
  return rateFor(
    perDay,
    strata.map(({ posts }) => posts),
  );
}

/** Brings every community's share of drawn posts up to date. */
export async function refreshAuditRates({ handle }: Database, now: Date = new Date()): Promise<void> {
  for (const { communityId, perDay } of await findAuditing(handle)) {
    await storeAuditRate(handle, communityId, await auditRateOf(handle, communityId, perDay, now));
  }
}

/** Which share of the polarized posts since a moment was flagged, as far as the blind audit tells; null where too little. */
export async function recallOf(
  { database: { handle } }: { database: Database },
  community: CommunityAddress,
  since: Date,
): Promise<Recall | null> {
  const communityId = (await findCommunity(handle, community)) ?? -1;
  const { strata, flagged } = await countAudited(handle, communityId, since);
  return estimateRecall(strata, flagged);
}
