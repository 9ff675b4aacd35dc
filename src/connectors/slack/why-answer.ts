import type { types } from '@slack/bolt';
import type { Words } from '../../words/words.ts';
import { quoted } from '../card-content.ts';
import { weighedPieces, whyLines } from '../answers.ts';
import type { Moderation } from '../moderation.ts';
import { page, quotation, section } from './blocks.ts';
import { escaped } from './mrkdwn.ts';

const QUOTE_LIMIT = 1500;
/** A word that raises the score less is not worth a moderator's eye. */
const LEAST = 0.01;

/** The post with the words that raise its score in bold, and the strongest of them with their weights. */
export function whyAnswer(found: Awaited<ReturnType<Moderation['why']>>, words: Words): types.KnownBlock[] {
  if (found === null || found.card.text === null) return page([words.say('why.textGone')]);
  const { card, explanation } = found;
  const pieces: { text: string; bold: boolean }[] = [];
  let length = 0;
  for (const { text, weight } of weighedPieces(card.text!, explanation)) {
    if (length + text.length > QUOTE_LIMIT) break;
    length += text.length;
    pieces.push({ text, bold: weight >= LEAST });
  }
  const quote = pieces.length === 0 ? quotation({ text: quoted(card.text!, QUOTE_LIMIT) }) : quotation(...pieces);
  const lines = whyLines(card.text!, explanation, words).map((line) =>
    escaped(line).replace(/[*_~`]/g, '\uFEFF$&\uFEFF'),
  );
  return [section(`*${words.say('why.title')}*`), quote, ...page(lines)];
}
