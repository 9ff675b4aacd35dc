import type { Lesson, Refusal, WeeklyReport } from '../domain/lesson.ts';
import type { Words } from '../words/words.ts';

/** What people read of a weekly report: a title, and what became of each language with the figures behind it. */
export interface ReportContent {
  title: string;
  languages: { language: string; lines: string[] }[];
}

export function reportContent({ lessons }: WeeklyReport, words: Words): ReportContent {
  const corrections = lessons.reduce((sum, lesson) => sum + lesson.corrections, 0);
  return {
    title: words.say('report.title', { corrections }),
    languages: lessons.map((lesson) => ({ language: lesson.language, lines: linesOf(lesson, words) })),
  };
}

function linesOf(lesson: Lesson, words: Words): string[] {
  const { comparisons, volume } = lesson;
  const figures = comparisons.flatMap(({ holdout, posts, right, before, after, change }) => {
    const change95 = { low: signed(change.low), high: signed(change.high) };
    const f1 = { before: before.toFixed(3), after: after.toFixed(3), ...change95 };
    if (holdout === 'public') return [words.say('report.f1Public', f1)];
    return [words.say('report.right', { posts, ...right }), words.say('report.f1', f1)];
  });
  const flags =
    volume === null || volume.posts === 0
      ? []
      : [words.say('report.flags', { before: volume.before, after: Math.round(volume.after) })];
  return [headOf(lesson, words), ...figures, ...flags];
}

function headOf({ language: code, outcome, version, corrections, refusals, why }: Lesson, words: Words): string {
  const language = words.languageName(code);
  switch (outcome) {
    case 'promoted':
      return words.say('report.promoted', { language, version: version!.slice(0, 7) });
    case 'refused':
      return words.say('report.refused', {
        language,
        reasons: refusals.map((each) => reasonOf(each, words)).join(' '),
      });
    case 'too-few':
      return words.say('report.tooFew', { language, corrections });
    case 'nothing-new':
      return words.say('report.nothingNew', { language });
    case 'learned-nothing':
      return words.say('report.learnedNothing', { language });
    case 'rolled-back':
      return words.say(why === 'flags' ? 'report.backFlags' : 'report.backDisagreement', { language });
    case 'withdrawn':
      return words.say('report.withdrawn', { language });
  }
}

function reasonOf(refusal: Refusal, words: Words): string {
  switch (refusal.kind) {
    case 'too-slow':
      return words.say('report.too-slow');
    case 'volume-moved':
      return words.say('report.volume-moved', { before: refusal.before, after: Math.round(refusal.after) });
    case 'language-fell':
      return words.say('report.language-fell', {
        language: words.languageName(refusal.language),
        before: refusal.before.toFixed(3),
        after: refusal.after.toFixed(3),
      });
    default:
      return words.say(`report.${refusal.kind}`, {
        before: refusal.before.toFixed(3),
        after: refusal.after.toFixed(3),
      });
  }
}

function signed(change: number): string {
  return `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(3)}`;
}
