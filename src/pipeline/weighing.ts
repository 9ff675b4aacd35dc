import { krippendorffAlpha } from '../domain/agreement.ts';
import { weigh } from '../domain/dawid-skene.ts';
import type { JudgedPost } from '../domain/dawid-skene.ts';
import { influenceOf } from '../domain/influence.ts';
import type { Agreement } from '../domain/insight.ts';
import type { CommunityAddress, Platform } from '../domain/message.ts';
import { findOutliers } from '../domain/outliers.ts';
import type { QuarantineReason } from '../domain/quarantine.ts';
import { recordAudit } from '../store/audit.ts';
import { findCards } from '../store/cards.ts';
import { findCommunity, findPlatform } from '../store/channels.ts';
import { findJudgements, findJudging, lockWeighing, storeWeighing } from '../store/consensus.ts';
import type { StoredJudgement } from '../store/consensus.ts';
import type { Database } from '../store/database.ts';
import { countChanges } from '../store/flags.ts';
import { addQuarantine, findLifted, findQuarantines, liftQuarantine, lockAnswered } from '../store/quarantines.ts';
import { storable } from '../store/statement.ts';
import type { Handle } from '../store/statement.ts';
import { recallOf } from './audit-draw.ts';
import type { ActionParts } from './flag-action.ts';
import { enqueueCards } from './flag.ts';
import { decideAgain } from './review.ts';

/** How far back answers are weighed: long enough for a small community, short enough for people to change. */
const WEIGHED_DAYS = 90;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970 began on a Thursday. */
const MONDAY_MS = 4 * DAY_MS;

/** Who acts where nobody does: in the audit log. */
const ITSELF = 'evenkeel';

/**
 * Weighs the answers of every community again: how each moderator's hold up, how common polarized posts are, how likely
 * each decision is. What a card says is decided by does not change but where answers are set aside.
 */
export async function weighAnswers(parts: ActionParts, now: Date = new Date()): Promise<void> {
  const since = new Date(now.getTime() - WEIGHED_DAYS * DAY_MS);
  for (const communityId of await findJudging(parts.database.handle, since)) {
    const outliers = await weighCommunity(parts.database, communityId, since);
    for (const outlier of outliers) await setAside(parts, communityId, outlier);
    if (outliers.length > 0) await weighCommunity(parts.database, communityId, since);
  }
}

interface Outlier {
  moderator: string;
  reason: QuarantineReason;
  labels: number;
}

function weighCommunity(database: Database, communityId: number, since: Date): Promise<Outlier[]> {
  return database.transaction(async (tx) => {
    await lockWeighing(tx, communityId);
    const stored = await findJudgements(tx, communityId, since);
    const posts = judgedPosts(stored);
    const { reliabilities, probabilities, priors, model } = weigh(posts);
    await storeWeighing(tx, communityId, {
      consensus: { priors, model },
      reliabilities,
      probabilities: stored.map(({ flag, revision }, at) => ({ flag, revision, probability: probabilities[at]! })),
    });
    const lifted = await findLifted(tx, communityId);
    const fresh = posts.map((post, at) => ({
      ...post,
      votes: post.votes.filter(
        ({ moderator }) => timeOf(stored[at]!, moderator) > (lifted.get(moderator) ?? -Infinity),
      ),
    }));
    const labels = Map.groupBy(
      posts.flatMap(({ votes }) => votes),
      ({ moderator }) => moderator,
    );
    return findOutliers(fresh, { priors, reliabilities }).map((outlier) => ({
      ...outlier,
      labels: labels.get(outlier.moderator)!.length,
    }));
  });
}

/** Answers of one week and moderator share what these may count for. */
function judgedPosts(stored: readonly StoredJudgement[]): JudgedPost[] {
  const weeks = new Map<number, Map<string, number>>();
  for (const { moderator, at } of stored.flatMap(({ votes }) => votes)) {
    const week = weeks.get(weekOf(at)) ?? new Map<string, number>();
    weeks.set(weekOf(at), week.set(moderator, (week.get(moderator) ?? 0) + 1));
  }
  const totals = new Map([...weeks].map(([week, counts]) => [week, sum(counts.values())]));
  return stored.map(({ language, score, known, votes }) => ({
    language,
    score,
    known: known === null || known === 'undecided' ? null : known === 'polarized',
    votes: votes.flatMap(({ moderator, answer, setAside: aside, at }) => {
      if (answer === 'unsure') return [];
      const own = weeks.get(weekOf(at))!.get(moderator)!;
      const others = totals.get(weekOf(at))! - own;
      return [{ moderator, polarized: answer === 'polarized', weight: aside ? 0 : influenceOf(own, others) }];
    }),
  }));
}

/** Lets a moderator's answers count for nothing, and decides again what they had a part in. The log names nobody. */
async function setAside({ database, queues, seal }: ActionParts, communityId: number, outlier: Outlier): Promise<void> {
  const { moderator, reason, labels } = outlier;
  await database.transaction(async (tx) => {
    const answered = await lockAnswered(tx, communityId, moderator);
    const quarantine = await addQuarantine(tx, { communityId, moderator, reason, labels });
    if (quarantine === null) return;
    await recordAudit(tx, { communityId, who: ITSELF, what: 'quarantine', details: { quarantine, reason, labels } });
    await decideAllAgain({ tx, queues, seal }, communityId, answered);
  });
}

/** Takes answers that were set aside back in; false where no such stand. */
export async function restoreAnswers(
  { database, queues, seal }: ActionParts,
  community: CommunityAddress,
  quarantine: number,
  by: string,
): Promise<boolean> {
  const communityId = await findCommunity(database.handle, community);
  if (communityId === null) return false;
  return database.transaction(async (tx) => {
    const moderator = await liftQuarantine(tx, communityId, quarantine, storable(by));
    if (moderator === null) return false;
    await recordAudit(tx, { communityId, who: by, what: 'restore', details: { quarantine } });
    await decideAllAgain({ tx, queues, seal }, communityId, await lockAnswered(tx, communityId, moderator));
    return true;
  });
}

async function decideAllAgain(
  { tx, queues, seal }: { tx: Handle } & Pick<ActionParts, 'queues' | 'seal'>,
  communityId: number,
  flags: readonly string[],
): Promise<void> {
  if (flags.length === 0) return;
  const platform: Platform = await findPlatform(tx, communityId);
  const changed: string[] = [];
  for (const { card } of await findCards(tx, seal, { communityId, flags }, { limit: flags.length })) {
    if ((await decideAgain(tx, card)) !== card.decision) changed.push(card.flag);
  }
  await countChanges(tx, changed);
  await enqueueCards(
    tx,
    queues,
    changed.map((flag) => ({ flag, platform })),
  );
}

/** How far moderators agree, and which answers count for nothing; no figure about anyone. */
export async function agreementOf(
  { database }: { database: Database },
  community: CommunityAddress,
  since: Date,
): Promise<Agreement> {
  const { handle } = database;
  const communityId = (await findCommunity(handle, community)) ?? -1;
  const stored = await findJudgements(handle, communityId, since);
  const units = stored.map(({ votes }) =>
    votes.filter(({ answer }) => answer !== 'unsure').map(({ answer }) => answer),
  );
  const compared = units.filter(({ length }) => length > 1);
  return {
    alpha: krippendorffAlpha(units),
    compared: compared.length,
    disputed: compared.filter((answers) => new Set(answers).size > 1).length,
    setAside: await findQuarantines(handle, communityId),
    recall: await recallOf({ database }, community, since),
  };
}

function timeOf({ votes }: StoredJudgement, moderator: string): number {
  return votes.find((vote) => vote.moderator === moderator)?.at ?? -Infinity;
}

function weekOf(at: number): number {
  return Math.floor((at - MONDAY_MS) / WEEK_MS);
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, each) => total + each, 0);
}
