import { h, meter, prose, timeOf } from './dom.js';
/** @import { CardContent } from '../../card-content.ts' */
/** @import { Answer } from '../../../domain/label.ts' */

/** @type {{ answer: Answer, words: string, key: string }[]} */
export const ANSWERS = [
  { answer: 'polarized', words: 'Polarized', key: '1' },
  { answer: 'not_polarized', words: 'Not polarized', key: '2' },
  { answer: 'unsure', words: 'Unsure', key: '3' },
];

/** @typedef {{ moderator: string, label: (card: CardContent, answer: Answer) => void, undo: (card: CardContent) => void, reveal: (card: CardContent) => void, guideline: () => void }} CardActions */

/**
 * A flag as a moderator sees it. Focus goes to the article as a whole; its buttons say which answer is one's own.
 * @param {CardContent} card
 * @param {CardActions | null} actions null for a card that is only shown
 * @param {string} place what its id begins with: the same flag may be on view twice
 */
export function drawCard(card, actions, place = actions === null ? 'reply' : 'card') {
  const answerable = card.state === 'open' || card.state === 'decided';
  const name = `${place}-${card.flag}`;
  const article = h(
    'article',
    {
      class: 'card',
      id: name,
      tabindex: actions === null ? null : 0,
      'data-state': card.state,
      'aria-labelledby': `${name}-title`,
    },
    h(
      'header',
      { class: 'card-head' },
      h(
        'h2',
        { id: `${name}-title`, class: 'card-title' },
        h('span', { class: 'band', 'data-band': card.band ?? 'below' }, card.bandWords),
        card.blind ? null : h('span', { class: 'score' }, card.verdict.score),
        bandMeter(card),
        h('span', {}, card.verdict.languageName),
        h('span', { class: 'visually-hidden' }, `, by ${card.author}`),
      ),
      timeOf(card.postedAt),
    ),
    h(
      'p',
      { class: 'card-by' },
      h('bdi', { class: 'card-author' }, card.author),
      h('span', { class: 'note' }, 'in ', h('bdi', {}, `#${card.channel}`)),
      card.edited ? h('span', { class: 'tag' }, 'edited') : null,
      actions === null || card.state === 'removed'
        ? null
        : h('button', { type: 'button', class: 'link', onclick: () => actions.reveal(card) }, 'Show in chat'),
    ),
    ...(card.text === null ? [h('p', { class: 'gone' }, card.textGone ?? '')] : prose(card.text, 'blockquote')),
    h(
      'p',
      { class: 'note' },
      `${card.verdict.explanation} `,
      h('span', { class: 'case' }, 'Case ', h('code', {}, card.case)),
      ...(actions === null ? [] : [' ', guidelineLink(actions)]),
    ),
    actions === null || !answerable ? null : answerButtons(card, actions),
    statusLine(card, actions),
  );
  return article;
}

/** Whether a moderator's own answer can still be taken back. @param {CardContent} card @param {string} moderator */
export function canUndo({ state, labels }, moderator) {
  const own = labels.find((each) => each.moderator === moderator);
  return (state === 'open' || state === 'decided') && own !== undefined && Date.parse(own.undoUntil) > Date.now();
}

/** What a screen reader says of a new card. @param {CardContent} card */
export function cardSummary({ bandWords, verdict, author }) {
  return `New flag: ${bandWords}, ${verdict.score}, ${verdict.languageName}, by ${author}`;
}

/** @param {CardContent} card */
function bandMeter({ score, threshold, band }) {
  if (score === null) return null;
  const bar = meter(score, threshold);
  bar.dataset['band'] = band ?? 'below';
  return bar;
}

/** @param {CardActions} actions */
function guidelineLink({ guideline }) {
  return h('button', { type: 'button', class: 'link', onclick: guideline }, 'What is polarized?');
}

/** @param {CardContent} card @param {CardActions} actions */
function answerButtons(card, actions) {
  const own = card.labels.find(({ moderator }) => moderator === actions.moderator)?.answer;
  return h(
    'div',
    { class: 'answers', role: 'group', 'aria-label': 'Is this post polarized?' },
    ...ANSWERS.map(({ answer, words, key }) =>
      h(
        'button',
        {
          type: 'button',
          class: 'answer',
          'data-answer': answer,
          'aria-pressed': String(answer === own),
          'aria-keyshortcuts': key,
          onclick: () => actions.label(card, answer),
        },
        words,
        h('kbd', { 'aria-hidden': 'true' }, key),
      ),
    ),
  );
}

/**
 * Where the flag stands, and who answered what where the first does not say it.
 * @param {CardContent} card
 * @param {CardActions | null} actions
 */
function statusLine(card, actions) {
  const { state, status, decision, labels } = card;
  const [first, ...others] = labels;
  if (state === 'open' && first === undefined) return null;
  const single = state === 'decided' && others.length === 0 && first !== undefined;
  return h(
    'div',
    { class: 'card-status' },
    h('p', { class: 'decision', 'data-decision': state === 'decided' ? decision : state }, status),
    single ? timeOf(first.at) : null,
    single || first === undefined
      ? null
      : h('ul', { class: 'labels', 'aria-label': 'Answers so far' }, ...labels.map(labelLine)),
    actions !== null && canUndo(card, actions.moderator) ? undoButton(card, actions) : null,
  );
}

/** @param {CardContent} card @param {CardActions} actions */
function undoButton(card, { undo }) {
  const attributes = { type: 'button', class: 'link', 'aria-keyshortcuts': 'u', onclick: () => undo(card) };
  return h('button', attributes, 'Undo');
}

/** @param {CardContent['labels'][number]} label */
function labelLine({ moderator, words, at }) {
  return h('li', {}, h('bdi', {}, moderator), `: ${words.toLowerCase()}, `, timeOf(at));
}
