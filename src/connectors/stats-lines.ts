import type { Simulation, Stats } from '../domain/insight.ts';
import type { Words } from '../words/words.ts';

/** Languages and adapters named one by one; the rest is in the export. */
const MOST = 12;

export function statsLines(stats: Stats, days: number, words: Words): string[] {
  const { messages, flagged, open, upheld, overturned, labels, reports, appeals } = stats;
  return [
    `**${words.say('stats.title', { days })}**`,
    words.say('stats.messages', { messages, flagged, open }),
    words.say('stats.decided', { upheld, overturned }),
    words.say('stats.labels', { labels, reports, appeals }),
    ...stats.languages
      .slice(0, MOST)
      .map(({ language, messages: posts, flagged: some }) =>
        words.say('stats.language', { language: words.languageName(language), messages: posts, flagged: some }),
      ),
    ...stats.adapters
      .slice(0, MOST)
      .map(({ adapter, version, ...counts }) =>
        words.say('stats.adapter', { adapter: `${adapter} ${version.slice(0, 7)}`, ...counts }),
      ),
  ];
}

/** What a threshold would have done, with what is not known of it. */
export function simulationLines(simulation: Simulation, words: Words): string[] {
  const { threshold, days, messages, flagged, flaggedNow, precision, decided, flaggedFrom } = simulation;
  if (messages === 0) return [words.say('preview.nothing')];
  const aWeek = (count: number): number => Math.round((count * 7) / days);
  return [
    // oxlint-disable-next-line unicorn/no-thenable -- the catalogs' name for it; nobody awaits it
    words.say('preview.flags', { threshold: threshold.toFixed(2), then: aWeek(flagged), now: aWeek(flaggedNow) }),
    precision === null
      ? words.say('preview.tooFew', { count: decided })
      : words.say('preview.precision', {
          estimate: words.percent(precision.estimate),
          low: words.percent(precision.low),
          high: words.percent(precision.high),
          count: decided,
        }),
    ...(threshold < flaggedFrom ? [words.say('preview.unseen', { score: flaggedFrom.toFixed(2) })] : []),
    words.say('preview.basis', { messages, days }),
  ];
}
