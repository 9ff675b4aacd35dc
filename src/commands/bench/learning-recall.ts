import { openClassifier } from '../../classifier/classifier.ts';
import { AUDIT_STRATA, chanceOf, rateFor } from '../../domain/audit-draw.ts';
import { estimateRecall } from '../../domain/recall.ts';
import type { AuditedStratum, FlaggedPosts } from '../../domain/recall.ts';
import { BUNDLED_BASE } from '../../runtime/config.ts';
import { readExamples } from '../../trainer/dataset.ts';
import { seeded } from '../../trainer/random.ts';
import { configOf } from '../settings.ts';
import { atLeast, informing, type Figure } from './figure.ts';
import type { LearningInput } from './learning-votes.ts';

const RUNS = 100;
/** A month of a community: posts, and unflagged ones asked about. */
const POSTS = 3000;
const ASKED = 300;
const THRESHOLD = 0.5;

interface ScoredPost {
  score: number;
  polarized: boolean;
}

/**
 * How often the interval of recall covers the truth: posts drawn from the held-out files as the bundled model scores them,
 * unflagged ones drawn for the audit as the pipeline draws them and answered rightly.
 */
export async function recallCoverage({ data, seed, onProgress }: LearningInput): Promise<Figure[]> {
  const held = data.filter((file) => file.includes('.dev.'));
  const examples = (await Promise.all((held.length > 0 ? held : data).map(readExamples))).flat();
  const classifier = await openClassifier({ ...configOf({}), base: BUNDLED_BASE });
  try {
    const verdicts = await classifier.classify(examples.map(({ text }) => text));
    const posts = verdicts.map(({ score }, at) => ({ score, polarized: examples[at]!.label === 1 }));
    return coverageOf(posts, { seed, onProgress });
  } finally {
    await classifier.close();
  }
}

/** The same of posts that are scored. */
export function coverageOf(posts: readonly ScoredPost[], { seed, onProgress }: Omit<LearningInput, 'data'>): Figure[] {
  let covered = 0;
  let width = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const random = seeded(seed, run);
    const month = Array.from({ length: POSTS }, () => posts[Math.floor(random() * posts.length)]!);
    const { truth, strata, flagged } = audit(month, random);
    const recall = estimateRecall(strata, flagged)!;
    if (recall.low <= truth && truth <= recall.high) covered += 1;
    width += (recall.high - recall.low) / RUNS;
    onProgress?.(run + 1, RUNS);
  }
  const against = `the truth, ${POSTS} posts a run, ${ASKED} unflagged ones asked about`;
  return [
    atLeast(93, { name: 'recall’s 95 % interval covers the truth', value: covered, unit: `of ${RUNS} runs`, against }),
    informing({ name: 'width of that interval', value: width, unit: '', against }),
  ];
}

function audit(
  month: readonly ScoredPost[],
  random: () => number,
): { truth: number; strata: AuditedStratum[]; flagged: FlaggedPosts } {
  const above = month.filter(({ score }) => score >= THRESHOLD);
  const caught = above.filter(({ polarized }) => polarized).length;
  const strata = AUDIT_STRATA.map(() => ({ posts: 0, asked: 0, polarized: 0 }));
  const stratumOf = (score: number) => strata[AUDIT_STRATA.findIndex(({ below }) => score < below)]!;
  const calm = month.filter(({ score }) => score < THRESHOLD);
  for (const { score } of calm) stratumOf(score).posts += 1;
  const rate = rateFor(
    ASKED,
    strata.map(({ posts }) => posts),
  );
  for (const { score, polarized } of calm) {
    if (random() >= chanceOf(score, rate)) continue;
    stratumOf(score).asked += 1;
    if (polarized) stratumOf(score).polarized += 1;
  }
  return {
    truth: caught / month.filter(({ polarized }) => polarized).length,
    strata,
    flagged: { posts: above.length, decided: above.length, polarized: caught },
  };
}
