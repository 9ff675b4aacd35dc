import type { Words } from '../../words/words.ts';
import { weighedPieces, whyLines } from '../answers.ts';
import type { Moderation } from '../moderation.ts';
import { escapeMarkdown, quotation } from './markdown.ts';

const QUOTE_LIMIT = 1500;
/** A word that raises the score less is not worth a moderator's eye. */
const LEAST = 0.01;

/** The post with the words that raise its score in bold, and the strongest of them with their weights. */
export function whyAnswer(found: Awaited<ReturnType<Moderation['why']>>, words: Words): string[] {
  if (found === null || found.card.text === null) return [words.say('why.textGone')];
  const { card, explanation } = found;
  let quote = '';
  for (const { text, weight } of weighedPieces(card.text!, explanation)) {
    const shown = escapeMarkdown(text);
    if (quote.length + shown.length > QUOTE_LIMIT) break;
    quote += weight >= LEAST ? `**${shown}**` : shown;
  }
  const lines = whyLines(card.text!, explanation, words).map(escapeMarkdown);
  return [`### ${words.say('why.title')}`, quotation(quote), ...lines];
}
