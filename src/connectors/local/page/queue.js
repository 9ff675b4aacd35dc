import { label, undoLabel } from './api.js';
import { ANSWERS, canUndo, cardSummary, drawCard } from './card.js';
import { announce, byId, h, remember, toast } from './dom.js';
/** @import { CardContent } from '../../card-content.ts' */
/** @import { LocalEvent } from '../wire.ts' */
/** @import { Answer } from '../../../domain/label.ts' */

/** Below this many open cards, more are fetched where there are more. */
const REFILL_BELOW = 20;

/** Done cards kept on a page that stays open for days; the server remembers no more either. */
const DONE_KEPT = 100;

const EMPTY_WORDS = {
  open: {
    title: 'Calm waters',
    words: 'Posts that reach their channel’s threshold appear here for a moderator to answer.',
  },
  done: {
    title: 'Nothing done yet',
    words: 'Flags that are answered, withdrawn or removed stay here to look back on.',
  },
};

/** The moderators' side: open flags, newest first, and those that are done. */
export class Queue {
  #frames = { open: byId('cards-open', HTMLElement), done: byId('cards-done', HTMLElement) };
  #moderator = byId('moderator', HTMLInputElement);
  #newer = byId('newer', HTMLButtonElement);
  #reveal;
  #refill;
  #guideline;
  /** Oldest first, as the other. @type {Map<string, { card: CardContent, item: HTMLLIElement }>} */
  #open = new Map();
  /** @type {Map<string, { card: CardContent, item: HTMLLIElement }>} */
  #done = new Map();
  #more = false;
  /** @type {'open' | 'done'} */
  #shown = 'open';
  #unseen = 0;

  /** @param {{ reveal: (card: CardContent) => void, refill: () => void, guideline: () => void }} page */
  constructor({ reveal, refill, guideline }) {
    this.#reveal = reveal;
    this.#guideline = guideline;
    this.#refill = refill;
    remember(this.#moderator, 'Sam');
    this.#moderator.addEventListener('change', () => this.#redraw());
    for (const button of document.querySelectorAll('button[data-list]')) {
      button.addEventListener('click', () =>
        this.showList(button.getAttribute('data-list') === 'done' ? 'done' : 'open'),
      );
    }
    this.#newer.addEventListener('click', () => {
      this.#frames.open.scrollTop = 0;
      this.#seen();
    });
    this.#frames.open.addEventListener('scroll', () => {
      if (this.#frames.open.scrollTop < 8) this.#seen();
    });
  }

  get moderator() {
    return this.#moderator.value.trim();
  }

  /** @param {LocalEvent} event */
  hear(event) {
    if (event.type === 'snapshot') {
      this.#open = this.#entries(event.snapshot.open);
      this.#done = this.#entries(event.snapshot.done);
      this.#more = event.snapshot.more;
      this.#redraw();
    } else if (event.type === 'card') {
      this.put(event.card);
    }
  }

  /** @param {readonly CardContent[]} newestFirst */
  #entries(newestFirst) {
    return new Map(newestFirst.toReversed().map((card) => [card.flag, { card, item: this.#item(card) }]));
  }

  /** Puts a card where its state says; a card that is there already is redrawn in its place. @param {CardContent} card */
  put(card) {
    const [list, other] = card.state === 'open' ? [this.#open, this.#done] : [this.#done, this.#open];
    const frame = card.state === 'open' ? this.#frames.open : this.#frames.done;
    const before = list.get(card.flag);
    const item = this.#item(card);
    const focus = this.#focusIn(card.flag);

    if (before === undefined) {
      const left = other.get(card.flag);
      if (left !== undefined && focus !== null) this.#focusBeside(left.item);
      left?.item.remove();
      other.delete(card.flag);
      list.set(card.flag, { card, item });
      this.#prepend(frame, item);
      if (card.state === 'open' && left === undefined) announce(cardSummary(card));
    } else {
      before.item.replaceWith(item);
      list.set(card.flag, { card, item });
      if (focus !== null) refocus(item, focus);
    }
    const [oldest] = this.#done;
    if (this.#done.size > DONE_KEPT && oldest !== undefined) {
      oldest[1].item.remove();
      this.#done.delete(oldest[0]);
    }
    this.#drawCounts();
    if (this.#more && this.#open.size < REFILL_BELOW) {
      this.#more = false;
      this.#refill();
    }
  }

  /** @param {'open' | 'done'} list */
  showList(list) {
    this.#shown = list;
    this.#frames.open.hidden = list !== 'open';
    this.#frames.done.hidden = list !== 'done';
    for (const button of document.querySelectorAll('button[data-list]')) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-list') === list));
    }
    this.#drawCounts();
  }

  toggleList() {
    this.showList(this.#shown === 'open' ? 'done' : 'open');
    this.move(1);
  }

  /** Moves the focus by one card; to the first where none has it. @param {1 | -1} step */
  move(step) {
    const cards = [...this.#frames[this.#shown].querySelectorAll('article')];
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    const next = cards[at === -1 ? 0 : Math.min(cards.length - 1, Math.max(0, at + step))];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  }

  /** Whether a card has the focus. */
  get focused() {
    const article = document.activeElement?.closest('.cards article');
    return article instanceof HTMLElement ? article : null;
  }

  /** The card that has the focus. */
  get #current() {
    const flag = this.focused?.id.replace('card-', '') ?? '';
    return (this.#open.get(flag) ?? this.#done.get(flag))?.card;
  }

  /** Takes one's own answer to the card that has the focus back. */
  undo() {
    const card = this.#current;
    if (card !== undefined && canUndo(card, this.moderator)) void this.#undo(card);
  }

  /** Answers the card that has the focus. @param {string} key */
  answer(key) {
    const card = this.#current;
    const found = ANSWERS.find((each) => each.key === key);
    if (card === undefined || found === undefined) return;
    if (card.state === 'open' || card.state === 'decided') void this.#label(card, found.answer);
  }

  /** @param {CardContent} card @param {Answer} answer */
  async #label(card, answer) {
    if (!this.#moderator.reportValidity()) return;
    try {
      const labelled = await label(card.flag, this.moderator, answer);
      this.put(labelled);
      const words = ANSWERS.find((each) => each.answer === answer)?.words ?? '';
      if (labelled.state === card.state) return;
      toast(`${words}. The flag is done.`, { label: 'Change', run: () => this.#showCard(card.flag) });
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {CardContent} card */
  async #undo(card) {
    try {
      const undone = await undoLabel(card.flag, this.moderator);
      this.put(undone);
      toast('Your answer was taken back.', { label: 'Show', run: () => this.#showCard(card.flag) });
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} flag */
  #showCard(flag) {
    this.showList(this.#done.has(flag) ? 'done' : 'open');
    document.getElementById(`card-${flag}`)?.focus();
  }

  /** @param {CardContent} card */
  #item(card) {
    const actions = {
      moderator: this.moderator,
      label: (/** @type {CardContent} */ each, /** @type {Answer} */ answer) => void this.#label(each, answer),
      undo: (/** @type {CardContent} */ each) => void this.#undo(each),
      reveal: this.#reveal,
      guideline: this.#guideline,
    };
    return h('li', {}, drawCard(card, actions));
  }

  /**
   * Adds an item above the others. Where someone reads or is about to click, the others stay where they are: the list
   * scrolls by what was added, and a button says that something newer is above.
   * @param {HTMLElement} frame @param {HTMLLIElement} item
   */
  #prepend(frame, item) {
    const held = frame.scrollTop > 0 || frame.matches(':hover, :focus-within');
    const height = frame.scrollHeight;
    if (!held) item.classList.add('arriving');
    frame.prepend(item);
    if (!held) return;
    frame.scrollTop += frame.scrollHeight - height;
    if (frame !== this.#frames.open || frame.scrollTop < 8) return;
    this.#unseen += 1;
    this.#newer.hidden = false;
    this.#newer.textContent = this.#unseen === 1 ? '1 newer flag' : `${this.#unseen} newer flags`;
  }

  #seen() {
    this.#unseen = 0;
    this.#newer.hidden = true;
  }

  #redraw() {
    const flag = this.focused?.id.replace('card-', '') ?? '';
    const focus = this.#focusIn(flag);
    for (const list of [this.#open, this.#done]) {
      for (const entry of list.values()) entry.item = this.#item(entry.card);
    }
    this.#frames.open.replaceChildren(...[...this.#open.values()].map(({ item }) => item).toReversed());
    this.#frames.done.replaceChildren(...[...this.#done.values()].map(({ item }) => item).toReversed());
    const item = (this.#open.get(flag) ?? this.#done.get(flag))?.item;
    if (focus !== null && item !== undefined) refocus(item, focus);
    this.#seen();
    this.#drawCounts();
  }

  #drawCounts() {
    const counts = { open: `${this.#open.size}${this.#more ? '+' : ''}`, done: String(this.#done.size) };
    for (const element of document.querySelectorAll('[data-count]')) {
      const list = element.getAttribute('data-count') === 'done' ? 'done' : 'open';
      element.textContent = counts[list];
      element.toggleAttribute('hidden', counts[list] === '0');
    }
    document.title = this.#open.size === 0 ? 'Evenkeel' : `(${counts.open}) Evenkeel`;

    const empty = byId('queue-empty', HTMLElement);
    const { title, words } = EMPTY_WORDS[this.#shown];
    empty.hidden = (this.#shown === 'open' ? this.#open : this.#done).size > 0;
    empty.replaceChildren(h('h2', {}, title), h('p', {}, words));
    this.#frames[this.#shown].hidden = !empty.hidden;
  }

  /** What of a card has the focus: null, the card as a whole (''), or one of its answers. @param {string} flag */
  #focusIn(flag) {
    const article = document.getElementById(`card-${flag}`);
    if (article === null || !article.contains(document.activeElement)) return null;
    return document.activeElement?.getAttribute('data-answer') ?? '';
  }

  /** A card that leaves hands its focus to the next one, so that answering goes on. @param {HTMLLIElement} item */
  #focusBeside(item) {
    const beside = item.nextElementSibling ?? item.previousElementSibling;
    const article = beside?.querySelector('article');
    if (article instanceof HTMLElement) article.focus();
    else byId('queue-title', HTMLElement).focus();
  }
}

/** @param {HTMLLIElement} item @param {string} answer */
function refocus(item, answer) {
  const target = answer === '' ? item.querySelector('article') : item.querySelector(`[data-answer="${answer}"]`);
  if (target instanceof HTMLElement) target.focus();
}
