/** @typedef {Node | string | null} Child */
/** @typedef {Record<string, string | number | boolean | null | ((event: any) => void)>} Props */

/**
 * An element. Functions listen (`onclick`), true and false set and leave out an attribute, null leaves it out, the rest
 * becomes text. Children are nodes or text; nothing is ever read as markup.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props} props
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/**
 * The element that the page has under an id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} #${id}`);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** The time of day, with the day where it is not today. @param {string} iso */
export function timeOf(iso) {
  const date = new Date(iso);
  const today = date.toDateString() === new Date().toDateString();
  const words = today ? CLOCK.format(date) : `${DAY.format(date)}, ${CLOCK.format(date)}`;
  return h('time', { datetime: iso, title: FULL.format(date) }, words);
}

/** Lines and characters from which a text is folded. */
const FOLD_LINES = 8;
const FOLD_LENGTH = 520;

/**
 * A text as its author wrote it, in its own direction, folded where it is long.
 * @param {string} text
 * @param {'p' | 'blockquote'} tag
 */
export function prose(text, tag) {
  const body = h(tag, { class: 'prose', dir: 'auto' }, text);
  if (text.length < FOLD_LENGTH && text.split('\n').length < FOLD_LINES) return [body];
  body.classList.add('folded');
  const unfold = h('button', { type: 'button', class: 'link', 'aria-expanded': 'false' }, 'Show all');
  unfold.addEventListener('click', () => {
    const folded = body.classList.toggle('folded');
    unfold.textContent = folded ? 'Show all' : 'Show less';
    unfold.setAttribute('aria-expanded', String(!folded));
  });
  return [body, unfold];
}

/**
 * A bar from 0 to 1 with a mark; the number next to it is what a screen reader reads.
 * @param {number} share
 * @param {number | null} mark
 */
export function meter(share, mark) {
  const fill = h('span', { class: 'meter-fill' });
  fill.style.inlineSize = `${Math.min(1, Math.max(0, share)) * 100}%`;
  const bar = h('span', { class: 'meter', 'aria-hidden': 'true' }, fill);
  if (mark !== null) {
    const tick = h('span', { class: 'meter-mark', title: `Threshold ${mark.toFixed(2)}` });
    tick.style.insetInlineStart = `${mark * 100}%`;
    bar.append(tick);
  }
  return bar;
}

/** A field that remembers what was last written into it. @param {HTMLInputElement} field @param {string} preset */
export function remember(field, preset) {
  try {
    field.value = localStorage.getItem(field.id) ?? preset;
  } catch {
    field.value = preset;
  }
  field.addEventListener('change', () => {
    if (field.value.trim() === '') field.value = preset;
    try {
      localStorage.setItem(field.id, field.value);
    } catch {
      // Without storage the name lasts as long as the page.
    }
  });
}

/** Says something for a few seconds. @param {string} words @param {{ label: string, run: () => void }} [action] */
export function toast(words, action) {
  const toasts = byId('toasts', HTMLElement);
  const item = h('p', { class: 'toast' }, words);
  const leave = () => item.remove();
  if (action !== undefined) {
    const act = () => {
      leave();
      action.run();
    };
    item.append(h('button', { type: 'button', class: 'link', onclick: act }, action.label));
  }
  toasts.replaceChildren(item);
  setTimeout(leave, 6000);
}

/** Tells a screen reader, and only it. @param {string} words */
export function announce(words) {
  byId('announcer', HTMLElement).textContent = words;
}
