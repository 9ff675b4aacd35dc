import type { Stats } from '../../domain/insight.ts';
import type { Words } from '../../words/words.ts';

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
const BAR = 20;
const ROWS = 8;
/** Columns: wider breaks on a phone. */
const WIDTH = 48;

/** Counts as a picture in letters of one width: posts and flags by day, languages, and scores in tenths. */
export function statsChart(stats: Stats, words: Words): string {
  const days = condensed(stats.days);
  const first = stats.days[0]?.day ?? '';
  const last = stats.days.at(-1)?.day ?? '';
  const top = stats.languages.slice(0, ROWS);
  const name = Math.max(0, ...top.map(({ language }) => words.languageName(language).length));
  const most = Math.max(1, ...top.map(({ messages }) => messages));
  const parts = [
    [
      spark(days.map(({ messages }) => messages)),
      `${spark(days.map(({ flagged }) => flagged))} ⚑`,
      `${first} … ${last}`,
    ],
    top.map(({ language, messages, flagged }) => {
      const label = words.languageName(language).padEnd(name);
      return `${label} ${bar(messages / most)} ${messages} ⚑${flagged}`;
    }),
    stats.histogram.some((count) => count > 0) ? [`0 ${spark(stats.histogram)} 1`] : [],
  ];
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}

/** A row of columns, the highest of which is the greatest value. Nothing is a space, anything at least the lowest column. */
function spark(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  return values
    .map((value) => (value === 0 || most === 0 ? ' ' : LEVELS[Math.ceil((value / most) * LEVELS.length) - 1]!))
    .join('');
}

function bar(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR * 8));
  return `${'█'.repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]}`.padEnd(BAR);
}

/** Neighbouring days added up until they fit. */
function condensed(days: Stats['days']): Stats['days'] {
  const size = Math.ceil(days.length / WIDTH);
  if (size <= 1) return days;
  const groups: Stats['days'] = [];
  for (let at = 0; at < days.length; at += size) {
    const group = days.slice(at, at + size);
    groups.push({
      day: group[0]!.day,
      messages: group.reduce((sum, { messages }) => sum + messages, 0),
      flagged: group.reduce((sum, { flagged }) => sum + flagged, 0),
    });
  }
  return groups;
}
