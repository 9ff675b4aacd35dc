import { label, runCommand, undoLabel } from './api.js';
import { drawCard } from './card.js';
import { byId, h, toast } from './dom.js';
import { drawReply } from './replies.js';
/** @import { CommandHelp } from '../../command-grammar.ts' */
/** @import { CardContent } from '../../card-content.ts' */
/** @import { Answer } from '../../../domain/label.ts' */
/** @import { LocalEvent } from '../wire.ts' */

const ANSWERS_KEPT = 20;

/** The command line under the queue: completes what is typed, shows what was answered. */
export class Commands {
  #field = byId('command', HTMLInputElement);
  #list = byId('completions', HTMLElement);
  #transcript = byId('transcript', HTMLElement);
  #answers = byId('answers', HTMLElement);
  #context;
  #reveal;
  /** @type {readonly CommandHelp[]} */
  #commands = [];
  /** @type {CommandHelp[]} */
  #matches = [];
  #chosen = -1;
  /** @type {string[]} */
  #history = [];
  #historyAt = 0;

  /** @param {() => { moderator: string, channel: string }} context @param {(card: CardContent) => void} reveal */
  constructor(context, reveal) {
    this.#context = context;
    this.#reveal = reveal;
    this.#field.addEventListener('input', () => this.#complete());
    this.#field.addEventListener('focus', () => this.#complete());
    this.#field.addEventListener('blur', () => this.#close());
    byId('answers-clear', HTMLElement).addEventListener('click', () => this.#clear());
    this.#field.addEventListener('keydown', (event) => this.#onKey(event));
    byId('command-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** @param {LocalEvent} event */
  hear(event) {
    if (event.type === 'snapshot') this.#commands = event.snapshot.commands;
  }

  /** Takes the focus, with the slash that every command begins with. */
  focus() {
    if (this.#field.value === '') this.#field.value = '/';
    this.#field.focus();
    this.#complete();
  }

  async #submit() {
    const text = this.#field.value.trim();
    if (text === '' || text === '/') return;
    this.#history.push(text);
    this.#historyAt = this.#history.length;
    this.#field.value = '';
    this.#close();
    await this.run(text);
  }

  /** Runs a command and shows what it answers. @param {string} text */
  async run(text) {
    const { moderator, channel } = this.#context();
    try {
      this.#answer(text, drawReply(await runCommand(text, moderator, channel), this.#actions(moderator)));
    } catch (error) {
      this.#answer(text, h('p', { class: 'failed' }, ...withCode(/** @type {Error} */ (error).message)));
    }
  }

  /** What can be done about a card among the answers: it is redrawn in its place. @param {string} moderator */
  #actions(moderator) {
    const redrawn = async (/** @type {Promise<CardContent>} */ acted) => {
      try {
        const card = await acted;
        document.getElementById(`agenda-${card.flag}`)?.replaceWith(drawCard(card, actions, 'agenda'));
      } catch (error) {
        toast(/** @type {Error} */ (error).message);
      }
    };
    const actions = {
      moderator,
      reveal: this.#reveal,
      guideline: () => void this.run('/keel guideline'),
      label: (/** @type {CardContent} */ { flag }, /** @type {Answer} */ answer) =>
        void redrawn(label(flag, moderator, answer)),
      undo: (/** @type {CardContent} */ { flag }) => void redrawn(undoLabel(flag, moderator)),
    };
    return actions;
  }

  /** @param {string} text @param {HTMLElement} reply */
  #answer(text, reply) {
    const entry = h('div', { class: 'entry' }, h('p', { class: 'asked', dir: 'auto' }, text), reply);
    this.#answers.append(entry);
    if (this.#answers.childElementCount > ANSWERS_KEPT) this.#answers.firstElementChild?.remove();
    this.#transcript.hidden = false;
    this.#answers.scrollTop = entry.offsetTop - this.#answers.offsetTop;
  }

  #clear() {
    this.#answers.replaceChildren();
    this.#transcript.hidden = true;
    this.#field.focus();
  }

  #complete() {
    const typed = this.#field.value.toLowerCase();
    this.#matches = typed.startsWith('/') ? this.#commands.filter((each) => startOf(each).startsWith(typed)) : [];
    this.#chosen = -1;
    this.#list.replaceChildren(
      ...this.#matches.map((each, at) =>
        h(
          'li',
          { role: 'option', id: `completion-${at}`, 'aria-selected': 'false' },
          h('span', { class: 'completion-command' }, startOf(each), h('span', { class: 'usage' }, each.usage)),
          h('span', { class: 'completion-summary' }, each.summary),
        ),
      ),
    );
    for (const [at, option] of [...this.#list.children].entries()) {
      // Before the field loses the focus, and with it the list.
      option.addEventListener('pointerdown', (event) => {
        event.preventDefault();
        this.#take(at);
      });
    }
    this.#list.hidden = this.#matches.length === 0;
    this.#field.setAttribute('aria-expanded', String(!this.#list.hidden));
    this.#field.removeAttribute('aria-activedescendant');
  }

  #close() {
    this.#list.hidden = true;
    this.#matches = [];
    this.#field.setAttribute('aria-expanded', 'false');
    this.#field.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key } = event;
    const open = this.#matches.length > 0;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (open) this.#choose(key === 'ArrowDown' ? 1 : -1);
      else this.#recall(key === 'ArrowUp' ? -1 : 1);
    } else if (open && (key === 'Tab' || (key === 'Enter' && this.#chosen >= 0)) && !event.shiftKey) {
      event.preventDefault();
      this.#take(Math.max(0, this.#chosen));
    } else if (key === 'Escape' && open) {
      event.stopPropagation();
      this.#close();
    }
  }

  /** @param {1 | -1} step */
  #choose(step) {
    const count = this.#matches.length;
    this.#chosen = this.#chosen === -1 && step === -1 ? count - 1 : (this.#chosen + step + count) % count;
    for (const [at, option] of [...this.#list.children].entries()) {
      option.setAttribute('aria-selected', String(at === this.#chosen));
      if (at === this.#chosen) option.scrollIntoView({ block: 'nearest' });
    }
    this.#field.setAttribute('aria-activedescendant', `completion-${this.#chosen}`);
  }

  /** @param {number} at */
  #take(at) {
    const taken = this.#matches[at];
    if (taken !== undefined) this.#field.value = startOf(taken);
    this.#close();
  }

  /** @param {1 | -1} step */
  #recall(step) {
    this.#historyAt = Math.min(this.#history.length, Math.max(0, this.#historyAt + step));
    this.#field.value = this.#history[this.#historyAt] ?? '';
  }
}

/** What a command begins with, up to its options. @param {CommandHelp} command */
function startOf({ root, verb }) {
  return `/${root} ${verb} `;
}

/** Words between backticks as code. @param {string} words */
function withCode(words) {
  return words.split('`').map((part, at) => (at % 2 === 1 ? h('code', {}, part) : part));
}
