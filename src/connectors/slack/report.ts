import type { WeeklyReport } from '../../domain/lesson.ts';
import type { Words } from '../../words/words.ts';
import { reportContent } from '../report-content.ts';
import { button, divider, rowsOf, section } from './blocks.ts';
import type { SlackMessage } from './card.ts';
import { escaped } from './mrkdwn.ts';

/** Two blocks each, of a message's fifty. */
const LANGUAGES = 20;

/** A weekly report of what corrections changed, as a Slack message. */
export function reportMessage(report: WeeklyReport, words: Words): SlackMessage {
  const { title, languages } = reportContent(report, words);
  const parts = languages.slice(0, LANGUAGES).flatMap(({ lines: [first = '', ...rest] }) => {
    return [divider(), section(`*${escaped(first)}*`, ...rest.map(escaped))];
  });
  return {
    text: escaped(title),
    blocks: [section(`*${escaped(title)}*`), ...parts, ...rowsOf([button('queue', [], words.say('button.queue'))])],
  };
}
