import { h, prose, timeOf } from './dom.js';
/** @import { Post } from '../wire.ts' */

/** Posts of one author within this time stand under one name, in ms. */
const GROUP_MS = 5 * 60_000;

/**
 * The posts of one channel, oldest first. Rows are changed one by one, so that what is being read, edited or spoken
 * stays as it is while others write.
 */
export class PostList {
  #list;
  #me;
  #edit;
  #remove;
  /** @type {Map<string, { post: Post, row: HTMLElement, actions: HTMLElement }>} */
  #rows = new Map();
  #atEnd = true;

  /**
   * @param {HTMLElement} list
   * @param {{ me: () => string, edit: (post: Post, text: string) => Promise<void>, remove: (post: Post) => void }} own
   */
  constructor(list, { me, edit, remove }) {
    this.#list = list;
    this.#me = me;
    this.#edit = edit;
    this.#remove = remove;
    // Who reads the latest post keeps seeing it when the room gets less, as when a phone's keyboard opens.
    new ResizeObserver(() => {
      if (this.#atEnd) this.toEnd();
    }).observe(list);
    list.addEventListener('scroll', () => {
      this.#atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 80;
    });
  }

  get size() {
    return this.#rows.size;
  }

  /** Shows another channel. @param {readonly Post[]} posts */
  replace(posts) {
    this.#rows.clear();
    this.#list.replaceChildren(...posts.map((post) => this.#row(post)));
    this.arrange();
    this.toEnd();
  }

  /** Brings the channel on view up to date; what did not change stays untouched. @param {readonly Post[]} posts */
  update(posts) {
    const kept = new Set(posts.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!kept.has(id)) this.remove(id);
    for (const post of posts) {
      if (this.#rows.get(post.id)?.post.revision !== post.revision) this.put(post);
    }
  }

  /** Adds a post at the end, or redraws it in its place. @param {Post} post */
  put(post) {
    const before = this.#rows.get(post.id);
    const row = this.#row(post);
    if (before === undefined) this.#list.append(row);
    else before.row.replaceWith(row);
    this.arrange();
    if (before === undefined && (this.#atEnd || post.author === this.#me())) this.toEnd();
  }

  /** @param {string} id */
  remove(id) {
    this.#rows.get(id)?.row.remove();
    this.#rows.delete(id);
    this.arrange();
  }

  /** Goes to a post and points at it. @param {string} id */
  reveal(id) {
    const row = this.#rows.get(id)?.row;
    if (row === undefined) return;
    row.scrollIntoView({ block: 'center' });
    row.classList.remove('pointed-at');
    // Reading a size makes the browser notice that the class was gone, so that the animation starts anew.
    void row.offsetWidth;
    row.classList.add('pointed-at');
  }

  /** Opens the editor on the latest post of one's own. */
  editLast() {
    const last = [...this.#rows.values()].findLast(({ post }) => post.author === this.#me());
    if (last !== undefined) this.#startEdit(last.post);
  }

  toEnd() {
    this.#atEnd = true;
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Names where the author changes, tools on one's own. */
  arrange() {
    /** @type {Post | null} */
    let above = null;
    for (const { post, row, actions } of this.#rows.values()) {
      const near = above !== null && Date.parse(post.postedAt) - Date.parse(above.postedAt) < GROUP_MS;
      row.classList.toggle('continued', near && above?.author === post.author);
      actions.hidden = post.author !== this.#me();
      above = post;
    }
  }

  /** @param {Post} post */
  #row(post) {
    const actions = h(
      'div',
      { class: 'post-actions' },
      h('button', { type: 'button', class: 'link', onclick: () => this.#startEdit(post) }, 'Edit'),
      twoStep('Delete', 'Really delete?', () => this.#remove(post)),
    );
    const row = h(
      'div',
      { class: 'post', id: `post-${post.id}` },
      avatar(post.author),
      h('div', { class: 'post-head' }, h('bdi', { class: 'post-author' }, post.author), timeOf(post.postedAt)),
      h(
        'div',
        { class: 'post-body' },
        ...prose(post.text, 'p'),
        post.revision > 0 ? h('span', { class: 'note' }, 'edited') : null,
      ),
      actions,
    );
    this.#rows.set(post.id, { post, row, actions });
    return row;
  }

  /** @param {Post} post */
  #startEdit(post) {
    const body = this.#rows.get(post.id)?.row.querySelector('.post-body');
    if (!(body instanceof HTMLElement) || body.querySelector('form') !== null) return;
    const before = [...body.childNodes];
    const cancel = () => {
      body.replaceChildren(...before);
      this.#list.focus();
    };
    const field = h('textarea', { 'aria-label': 'Your post', dir: 'auto', maxlength: 16_000 });
    const form = h(
      'form',
      { class: 'post-edit' },
      field,
      h('button', { type: 'submit', class: 'primary' }, 'Save'),
      h('button', { type: 'button', class: 'quiet', onclick: cancel }, 'Cancel'),
    );
    field.value = post.text;
    field.addEventListener('input', () => grow(field));
    onEnter(field, () => form.requestSubmit());
    field.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      cancel();
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (field.value === post.text || field.value.trim() === '') cancel();
      else void this.#edit(post, field.value);
    });
    body.replaceChildren(form);
    grow(field);
    field.focus();
    form.scrollIntoView({ block: 'nearest' });
  }
}

/** Enter does it, Shift+Enter breaks the line; Enter that ends a word of an input method is left alone.
 * @param {HTMLTextAreaElement} field @param {() => void} act */
export function onEnter(field, act) {
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    act();
  });
}

/** As tall as its text; the style sheet says where that ends. @param {HTMLTextAreaElement} field */
export function grow(field) {
  field.style.blockSize = 'auto';
  field.style.blockSize = `${field.scrollHeight + 2}px`;
}

/** A button that asks once more before it acts. @param {string} words @param {string} again @param {() => void} act */
function twoStep(words, again, act) {
  const button = h('button', { type: 'button', class: 'link' }, words);
  const reset = () => {
    button.textContent = words;
    button.classList.remove('danger');
  };
  button.addEventListener('click', () => {
    if (button.classList.contains('danger')) return act();
    button.textContent = again;
    button.classList.add('danger');
  });
  button.addEventListener('blur', reset);
  return button;
}

/** The first letter of a name on a colour of its own. @param {string} name */
function avatar(name) {
  const letter = [...new Intl.Segmenter().segment(name)][0]?.segment.toLocaleUpperCase() ?? '';
  const element = h('span', { class: 'avatar', 'aria-hidden': 'true' }, letter);
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  element.style.setProperty('--hue', String(hash));
  return element;
}
