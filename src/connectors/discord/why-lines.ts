import type { Moderation } from '../moderation.ts';
import type { Explanation } from '../../domain/verdict.ts';
import type { Words } from '../../words/words.ts';
import { escapeMarkdown, inline, quotation } from './markdown.ts';

const QUOTE_LIMIT = 1500;
const WORDS = 8;
/** A word that moves the score less is not worth a moderator's eye. */
const LEAST = 0.01;

/** The post with the words that drive its score in bold, and each with its weight. */
export function whyLines(found: Awaited<ReturnType<Moderation['why']>>, words: Words): string[] {
  if (found === null || found.card.text === null) return [words.say('why.textGone')];
  const { card, explanation } = found;
  const text = card.text!;
  const telling = explanation.words.filter(({ weight }) => Math.abs(weight) >= LEAST);
  const heaviest = telling.toSorted((one, other) => Math.abs(other.weight) - Math.abs(one.weight)).slice(0, WORDS);
  return [
    `### ${words.say('why.title')}`,
    quotation(highlighted(text.slice(0, QUOTE_LIMIT), heaviest)),
    ...(heaviest.length === 0 ? [words.say('why.none')] : []),
    ...heaviest.map(({ start, end, weight }) =>
      words.say('why.word', { word: `**${inline(text.slice(start, end))}**`, weight: signed(weight) }),
    ),
    `-# ${words.say('why.limits')}`,
  ];
}

function highlighted(text: string, marked: readonly Explanation['words'][number][]): string {
  let at = 0;
  let out = '';
  for (const { start, end, weight } of marked.toSorted((one, other) => one.start - other.start)) {
    if (start < at || end > text.length || weight <= 0) continue;
    out += `${escapeMarkdown(text.slice(at, start))}**${escapeMarkdown(text.slice(start, end))}**`;
    at = end;
  }
  return out + escapeMarkdown(text.slice(at));
}

function signed(weight: number): string {
  return `${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(2)}`;
}
