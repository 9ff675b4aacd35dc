import { evidenceOf, logit, sigmoid } from './consensus.ts';
import type { JudgedPost, Weighing } from './dawid-skene.ts';
import { wilson } from './insight.ts';
import { QUARANTINE_REASONS } from './quarantine.ts';
import type { QuarantineReason } from './quarantine.ts';

/** Answers that can be compared before anyone is judged by them. */
const KNOWN_LEAST = 8;
const OTHERS_LEAST = 20;
/** What others hold true is compared with only where they are this sure of it, and two of them at least. */
const SURE = 0.9;
const OTHERS = 2;

/**
 * Moderators whose answers contradict what is known, or what the others are sure of, more often than not: the 95 % interval
 * of the share (Wilson's) is above one half. Where that would be half of all moderators or more, the community is divided
 * and nobody is an outlier.
 */
export function findOutliers(
  posts: readonly JudgedPost[],
  { priors, reliabilities }: Pick<Weighing, 'priors' | 'reliabilities'>,
): { moderator: string; reason: QuarantineReason }[] {
  const compared = new Map<string, Record<QuarantineReason, { wrong: number; all: number }>>();
  for (const { language, known, votes } of posts) {
    for (const vote of votes.filter(({ weight }) => weight > 0)) {
      const truth = known ?? otherwise(votes, vote, { prior: priors[language] ?? 0.5, reliabilities });
      const counts = compared.get(vote.moderator) ?? {
        'against-known': { wrong: 0, all: 0 },
        'against-others': { wrong: 0, all: 0 },
      };
      compared.set(vote.moderator, counts);
      if (truth === null) continue;
      const count = counts[known === null ? 'against-others' : 'against-known'];
      count.all += 1;
      if (truth !== vote.polarized) count.wrong += 1;
    }
  }
  const outliers = [...compared].flatMap(([moderator, counts]) => {
    const reason = QUARANTINE_REASONS.find((each) => {
      const { wrong, all } = counts[each];
      return all >= (each === 'against-known' ? KNOWN_LEAST : OTHERS_LEAST) && wilson(wrong, all).low > 0.5;
    });
    return reason === undefined ? [] : [{ moderator, reason }];
  });
  return outliers.length * 2 < compared.size ? outliers : [];
}

/** What all others are sure of; null where they are not, or too few. */
function otherwise(
  votes: JudgedPost['votes'],
  own: JudgedPost['votes'][number],
  { prior, reliabilities }: { prior: number } & Pick<Weighing, 'reliabilities'>,
): boolean | null {
  const others = votes.filter((vote) => vote !== own && vote.weight > 0);
  if (others.length < OTHERS) return null;
  const evidence = others.map((vote) => evidenceOf({ ...vote, reliability: reliabilities.get(vote.moderator)! }));
  const p = sigmoid(evidence.reduce((sum, each) => sum + each, logit(prior)));
  return p >= SURE ? true : p <= 1 - SURE ? false : null;
}
