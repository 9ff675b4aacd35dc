import type { Stats } from '../domain/insight.ts';
import type { CommunityAddress } from '../domain/message.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import {
  countAdapters,
  countAnswers,
  countDays,
  countLanguages,
  countReviews,
  countScores,
  countUnseen,
} from '../store/stats.ts';

const DAY_MS = 86_400_000;

/** Days that a picture shows at most: the latest of a longer time. */
const DAYS_MOST = 366;

export async function stats(
  { database }: { database: Database },
  community: CommunityAddress,
  since: Date,
  now: Date = new Date(),
): Promise<Stats> {
  const { handle } = database;
  const communityId = (await findCommunity(handle, community)) ?? -1;
  const languages = await countLanguages(handle, communityId, since);
  const days = await countDays(handle, communityId, since);
  const scores = await countScores(handle, communityId, since);
  return {
    ...(await countReviews(handle, communityId, since)),
    messages: languages.reduce((sum, each) => sum + each.messages, 0),
    unseen: await countUnseen(handle, communityId, since),
    flagged: languages.reduce((sum, each) => sum + each.flagged, 0),
    languages,
    answers: await countAnswers(handle, communityId, since),
    adapters: await countAdapters(handle, communityId, since),
    days: everyDay(since, now, days),
    histogram: Array.from({ length: 10 }, (_, at) => scores.find(({ bin }) => bin === at)?.messages ?? 0),
  };
}

/** Each day between two moments, as `2026-11-24`, with what was counted on it. */
function everyDay(since: Date, now: Date, counted: Stats['days']): Stats['days'] {
  const byDay = new Map(counted.map((each) => [each.day, each]));
  const last = Math.floor(now.getTime() / DAY_MS);
  const first = Math.max(Math.floor(since.getTime() / DAY_MS), last - DAYS_MOST + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => {
    const day = new Date((first + at) * DAY_MS).toISOString().slice(0, 10);
    const { messages, flagged } = byDay.get(day) ?? { messages: 0, flagged: 0 };
    return { day, messages, flagged };
  });
}
