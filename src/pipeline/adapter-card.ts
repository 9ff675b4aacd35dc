import type { Lesson } from '../domain/lesson.ts';
import type { LearnedPost } from './learn.ts';

/** The model card of a version that was trained here: what it learned from and how it was judged, in figures. */
export function cardOf({
  base,
  lesson,
  ledger,
  curve,
  posts,
}: {
  base: string;
  lesson: Lesson;
  ledger: string;
  curve: readonly string[];
  posts: readonly LearnedPost[];
}): string {
  const count = (part: LearnedPost['part'], label: 0 | 1): number =>
    posts.filter((post) => post.part === part && post.label === label).length;
  const parts = (['train', 'dev', 'holdout'] as const).map(
    (part) => `| ${part} | ${count(part, 1)} | ${count(part, 0)} |`,
  );
  const figures = lesson.comparisons.map(({ holdout, posts: of, before, after, change, ece }) => {
    const interval = `${points(change.low)} to ${points(change.high)}`;
    return `| ${holdout} | ${of} | ${before.toFixed(3)} | ${after.toFixed(3)} | ${interval} | ${ece.before.toFixed(3)} | ${ece.after.toFixed(3)} |`;
  });
  const { volume, refusals } = lesson;
  const flags =
    volume === null
      ? []
      : [
          `Flags of last week's ${volume.posts} posts at the thresholds of now: ${volume.before}, with this version about ${Math.round(volume.after)}`,
          `(told from stored scores and ${volume.known} posts of known text).`,
        ];
  return `# ${lesson.adapter}: ${base} in ${lesson.language}

A LoRA adapter with its classification head, trained by Evenkeel on what the moderators of one community decided. It answers
for that community alone, and holds none of its texts: what it learned from is in the training ledger by number,
\`evenkeel ledger show ${lesson.adapter}\`.

| decisions | polarized | not |
| --- | --- | --- |
${parts.join('\n')}

Ledger: sha256 ${ledger}

| holdout | posts | macro-F1 before | after | change, 95 % | ECE before | after |
| --- | --- | --- | --- | --- | --- | --- |
${figures.join('\n')}

${[...flags, refusals.length === 0 ? 'Its gate let it pass.' : `Its gate refused it: ${refusals.map(({ kind }) => kind).join(', ')}.`].join('\n')}

Training:

${curve.map((note) => `- ${note}`).join('\n')}
`;
}

function points(change: number): string {
  return `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)}`;
}
