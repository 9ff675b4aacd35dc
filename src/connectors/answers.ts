import type { Finding } from '../domain/finding.ts';
import type { Agreement, Simulation, Stats } from '../domain/insight.ts';
import type { PersonalData } from '../domain/privacy.ts';
import type { Explanation } from '../domain/verdict.ts';
import { isolated } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/** What answers say on every platform, a sentence a line; how they look is the platform's own. */

/** Languages and adapters that an answer names, the commonest. */
const ROWS_SHOWN = 8;

/** Words that drove a score, the strongest. */
const WEIGHTS_SHOWN = 10;

/** `At 0.82: 11 flags a week instead of 34.` and how far to trust it. */
export function previewLines(simulation: Simulation, words: Words): string[] {
  const { threshold, days, messages, flagged, flaggedNow, precision, decided, flaggedFrom } = simulation;
  if (messages === 0) return [words.say('preview.nothing')];
  const aWeek = (count: number): number => Math.round((count * 7) / days);
  return [
    words.say('preview.flags', { threshold, planned: aWeek(flagged), now: aWeek(flaggedNow) }),
    precision === null
      ? words.say('preview.tooFew', { count: decided })
      : words.say('preview.precision', {
          estimate: words.percent(precision.estimate),
          low: words.percent(precision.low),
          high: words.percent(precision.high),
          count: decided,
        }),
    ...(threshold < flaggedFrom ? [words.say('preview.unseen', { score: flaggedFrom })] : []),
    words.say('preview.basis', { messages, days: Math.round(days) }),
  ];
}

export function statsLines(stats: Stats, days: number, words: Words): string[] {
  const { messages, flagged, open, upheld, overturned, labels, reports, appeals, languages, adapters, unseen } = stats;
  return [
    words.say('stats.title', { days }),
    words.say('stats.messages', { messages, flagged, open }),
    ...(unseen > 0 ? [words.say('stats.unseen', { messages: unseen })] : []),
    words.say('stats.decided', { upheld, overturned }),
    words.say('stats.labels', { labels, reports, appeals }),
    ...languages.slice(0, ROWS_SHOWN).map((each) =>
      words.say('stats.language', {
        language: words.languageName(each.language),
        messages: each.messages,
        flagged: each.flagged,
      }),
    ),
    ...adapters
      .slice(0, ROWS_SHOWN)
      .map(({ adapter, version, ...counts }) =>
        words.say('stats.adapter', { adapter: `${adapter} ${version.slice(0, 7)}`, ...counts }),
      ),
  ];
}

/** What "polarized" means, on one screen, with examples of our own. */
export function guidelineLines(words: Words): string[] {
  return [
    words.say('guideline.title'),
    words.say('guideline.meaning'),
    words.say('guideline.yes'),
    ...(['guideline.yes1', 'guideline.yes2', 'guideline.yes3'] as const).map((key) => `• ${words.say(key)}`),
    words.say('guideline.no'),
    ...(['guideline.no1', 'guideline.no2', 'guideline.no3'] as const).map((key) => `• ${words.say(key)}`),
    words.say('guideline.unsure'),
  ];
}

/** How far moderators agree, what scores miss, and which answers count for nothing; nobody is named. */
export function agreementLines({ alpha, compared, disputed, setAside, recall }: Agreement, words: Words): string[] {
  return [
    alpha === null
      ? words.say('agreement.none')
      : words.say('agreement.alpha', { alpha: alpha.toFixed(2), compared, disputed }),
    recall === null
      ? words.say('agreement.recallNone')
      : words.say('agreement.recall', {
          estimate: words.percent(recall.estimate),
          low: words.percent(recall.low),
          high: words.percent(recall.high),
          asked: recall.asked,
        }),
    ...setAside.map(({ id, labels, reason }) =>
      words.say('agreement.setAside', { id, labels, reason: words.say(`quarantine.${reason}`) }),
    ),
  ];
}

/** `channel` turns a channel's id into how the platform names it: `<#123>`. */
export function findingLine(finding: Finding, words: Words, channel: (id: string) => string): string {
  switch (finding.kind) {
    case 'missing-permission': {
      const { permission, channel: id } = finding;
      if (id === null) return words.say('finding.missing-permission-everywhere', { permission });
      return words.say('finding.missing-permission', { permission, channel: channel(id) });
    }
    case 'review-channel-gone':
      return words.say('finding.review-channel-gone', { channel: channel(finding.channel) });
    default: {
      const { kind, level: _level, ...values } = finding;
      return words.say(`finding.${kind}`, values);
    }
  }
}

export function personalDataLines(data: PersonalData, words: Words): string[] {
  const { messages, texts, flags, labels, reports, appeals, optedOut } = data;
  return [
    words.say('privacy.show'),
    words.say('privacy.messages', { count: messages, texts }),
    words.say('privacy.flags', { count: flags.length }),
    words.say('privacy.acts', { labels, reports, appeals }),
    words.say(optedOut ? 'privacy.optedOut' : 'privacy.optedIn'),
    words.say('privacy.noScore'),
  ];
}

/** A text in pieces, those that drove its score with their weight: what a highlighted quote is drawn from. */
export function weighedPieces(text: string, { words }: Explanation): { text: string; weight: number }[] {
  const pieces: { text: string; weight: number }[] = [];
  let at = 0;
  for (const { start, end, weight } of words) {
    if (start > at) pieces.push({ text: text.slice(at, start), weight: 0 });
    pieces.push({ text: text.slice(start, end), weight });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), weight: 0 });
  return pieces;
}

/** The strongest words with their weights, and what these do not say. */
export function whyLines(text: string, explanation: Explanation, words: Words): string[] {
  const strongest = explanation.words
    .toSorted((one, other) => Math.abs(other.weight) - Math.abs(one.weight))
    .slice(0, WEIGHTS_SHOWN);
  const lines = strongest.map(({ start, end, weight }) =>
    words.say('why.word', {
      word: isolated(text.slice(start, end)),
      weight: `${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(2)}`,
    }),
  );
  return [...(lines.length > 0 ? lines : [words.say('why.none')]), words.say('why.limits')];
}
