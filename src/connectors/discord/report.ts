import type { WeeklyReport } from '../../domain/lesson.ts';
import type { Words } from '../../words/words.ts';
import { reportContent } from '../report-content.ts';
import { customId } from '../custom-id.ts';
import { box, button, layout, rowsOf, rule, textOf } from './layout.ts';
import type { Layout } from './layout.ts';

const ACCENT = 0x3b6ea5;
/** Of a message's 4,000 characters. */
const LANGUAGES = 6;

/** Leads to the queue, and tells this report from others. */
export function reportMarker(id: string): string {
  return customId('next', '0', '', '', '', '', `report-${id}`);
}

/** A weekly report as a Discord message. */
export function reportLayout(report: WeeklyReport, words: Words): Layout {
  const { title, languages } = reportContent(report, words);
  const parts = languages
    .slice(0, LANGUAGES)
    .flatMap(({ lines: [first = '', ...rest] }) => [
      rule(),
      textOf([`**${first}**`, ...rest].join('\n').slice(0, 600)),
    ]);
  return layout([
    box(
      ACCENT,
      textOf(`### ${title}`),
      ...parts,
      ...rowsOf([button(reportMarker(report.id), words.say('button.queue'))]),
    ),
  ]);
}
