import { drawCard } from './card.js';
import { policyWords } from './chat.js';
import { h, meter } from './dom.js';
/** @import { CardActions } from './card.js' */
/** @import { Reply } from '../wire.ts' */

/**
 * What a command answered, to read.
 * @param {Reply} reply
 * @param {CardActions} actions what can be done about a card that is to be answered
 * @returns {HTMLElement}
 */
export function drawReply(reply, actions) {
  switch (reply.kind) {
    case 'lines':
      return h('div', { class: 'lines' }, ...reply.lines.map((line) => h('p', { dir: 'auto' }, line)));
    case 'agenda':
      return h('div', { class: 'agenda' }, ...reply.cards.map((card) => drawCard(card, actions, 'agenda')));
    case 'queue':
      return drawQueue(reply);
    case 'case':
      return drawCard(reply.card, null);
    case 'stats':
      return drawStats(reply);
    case 'check':
      return drawCheck(reply);
    case 'policy': {
      const { channel, changed } = reply;
      return h(
        'p',
        {},
        h('strong', {}, `#${channel.id}`),
        changed ? ' changed: ' : ': ',
        `${policyWords(channel).toLowerCase()}.`,
      );
    }
  }
}

/** @param {Extract<Reply, { kind: 'queue' }>} reply */
function drawQueue({ cards, more }) {
  if (cards.length === 0) return h('p', {}, 'No flag waits here.');
  const rows = cards.map((card) =>
    h(
      'tr',
      {},
      h('td', {}, h('code', {}, card.case)),
      h('td', {}, h('span', { class: 'band', 'data-band': card.band ?? 'below' }, card.verdict.score)),
      h('td', {}, card.verdict.language),
      h('td', {}, h('bdi', {}, card.author)),
      h('td', { class: 'cut', dir: 'auto' }, card.text ?? card.textGone ?? ''),
    ),
  );
  const heads = ['Case', 'Score', 'Language', 'Author', 'Post'].map((words) => h('th', { scope: 'col' }, words));
  return h(
    'div',
    {},
    h('table', { class: 'listing' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows)),
    more ? h('p', { class: 'note' }, 'There are more. Add limit:100 or a language.') : null,
  );
}

/** @param {Extract<Reply, { kind: 'check' }>} reply */
function drawCheck({ verdict, score, threshold }) {
  const above = score >= threshold;
  const words = above
    ? `it would be flagged here, from ${threshold.toFixed(2)}`
    : `below the threshold here, ${threshold.toFixed(2)}`;
  return h(
    'div',
    { class: 'check' },
    h('p', {}, h('strong', { class: 'score' }, verdict.score), ` ${verdict.languageName}: ${words}.`),
    meter(score, threshold),
    h('p', { class: 'note' }, `${verdict.explanation} Nothing was stored.`),
  );
}

/** @param {Extract<Reply, { kind: 'stats' }>} reply */
function drawStats({ days, stats, languageNames }) {
  const figures = [
    ['posts', stats.messages],
    ['flagged', stats.flagged],
    ['open', stats.open],
    ['labels', stats.labels],
  ].map(([words, count]) => h('div', {}, h('dt', {}, String(words)), h('dd', {}, NUMBER.format(Number(count)))));
  return h(
    'div',
    { class: 'stats' },
    h('p', {}, days === 1 ? 'The last day' : `The last ${days} days`),
    h('dl', { class: 'figures' }, ...figures),
    drawOutcome(stats),
    stats.languages.length === 0 ? null : drawLanguages(stats.languages, languageNames),
  );
}

const NUMBER = new Intl.NumberFormat();

/** Of the decided flags, how many moderators upheld. @param {{ upheld: number, overturned: number }} counts */
function drawOutcome({ upheld, overturned }) {
  const decided = upheld + overturned;
  if (decided === 0) return null;
  const bar = h('span', { class: 'outcome', 'aria-hidden': 'true' }, h('span', {}), h('span', {}));
  const [left, right] = bar.children;
  if (left instanceof HTMLElement && right instanceof HTMLElement) {
    left.style.flexGrow = String(upheld);
    right.style.flexGrow = String(overturned);
  }
  return h(
    'div',
    {},
    bar,
    h(
      'p',
      { class: 'outcome-words' },
      h('span', {}, `${NUMBER.format(upheld)} upheld as polarized`),
      h('span', {}, `${NUMBER.format(overturned)} overturned`),
    ),
  );
}

/** @param {{ language: string, messages: number, flagged: number }[]} languages @param {Record<string, string>} names */
function drawLanguages(languages, names) {
  const most = Math.max(...languages.map(({ messages }) => messages));
  const rows = [...languages]
    .sort((one, other) => other.messages - one.messages)
    .map(({ language, messages, flagged }) => {
      const bar = h('span', { class: 'shares', 'aria-hidden': 'true' }, h('span', {}));
      bar.style.inlineSize = `${(messages / most) * 100}%`;
      const [inner] = bar.children;
      if (inner instanceof HTMLElement) inner.style.inlineSize = `${(flagged / Math.max(1, messages)) * 100}%`;
      return h(
        'tr',
        {},
        h('th', { scope: 'row' }, names[language] ?? language),
        h('td', { class: 'bar-cell' }, bar),
        h('td', { class: 'number' }, NUMBER.format(flagged)),
        h('td', { class: 'number' }, NUMBER.format(messages)),
      );
    });
  const heads = ['Language', '', 'Flagged', 'Posts'].map((words) =>
    words === '' ? h('td', {}) : h('th', { scope: 'col' }, words),
  );
  return h('table', { class: 'languages' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
}
