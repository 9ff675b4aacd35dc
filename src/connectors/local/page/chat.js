import { editPost, playSample, post as sendPost, removePost } from './api.js';
import { byId, h, remember, toast } from './dom.js';
import { PostList, grow, onEnter } from './posts.js';
/** @import { Channel, LocalEvent, Post } from '../wire.ts' */

/** Posts kept on a page that stays open for days; the server remembers no more either. */
const HISTORY = 300;

/** The members' side: channels, posts, and the field to write one. */
export class Chat {
  #author = byId('composer-author', HTMLInputElement);
  #text = byId('composer-text', HTMLTextAreaElement);
  #sample = byId('sample', HTMLButtonElement);
  #list = new PostList(byId('posts', HTMLElement), {
    me: () => this.#author.value.trim(),
    edit: (post, text) => this.#editPost(post, text),
    remove: ({ id, author }) => void removePost(id, author).catch((error) => toast(error.message)),
  });
  /** @type {Channel[]} */
  #channels = [];
  /** @type {Map<string, Post>} */
  #posts = new Map();
  /** @type {Set<string>} */
  #unread = new Set();
  #samplePlaying = false;

  /** The channel on view. */
  channel = '';

  constructor() {
    remember(this.#author, 'Ana');
    this.#author.addEventListener('change', () => this.#list.arrange());
    this.#text.addEventListener('input', () => grow(this.#text));
    onEnter(this.#text, () => void this.#send());
    this.#text.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowUp' || this.#text.value !== '') return;
      event.preventDefault();
      this.#list.editLast();
    });
    byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#sample.addEventListener('click', () => {
      playSample().catch((error) => toast(error.message));
    });
  }

  /** @param {LocalEvent} event */
  hear(event) {
    switch (event.type) {
      case 'snapshot':
        this.#channels = event.snapshot.channels;
        this.#posts = new Map(event.snapshot.posts.map((each) => [each.id, each]));
        this.#samplePlaying = event.snapshot.samplePlaying;
        if (this.#channels.some(({ id }) => id === this.channel)) this.#list.update(this.#here());
        else this.#show(this.#channels[0]?.id ?? '');
        this.#drawChannels();
        break;
      case 'post':
        this.#hearPost(event.post);
        break;
      case 'post-removed':
        this.#posts.delete(event.id);
        this.#list.remove(event.id);
        break;
      case 'channel':
        this.#channels = this.#channels.map((each) => (each.id === event.channel.id ? event.channel : each));
        this.#drawChannels();
        break;
      case 'sample':
        this.#samplePlaying = event.playing;
        break;
      case 'card':
        return;
    }
    this.#drawEmpty();
  }

  /** Goes to a post and points at it; false where the chat has forgotten it. @param {string} id */
  reveal(id) {
    const found = this.#posts.get(id);
    if (found === undefined) return false;
    if (found.channel !== this.channel) this.#show(found.channel);
    this.#list.reveal(id);
    return true;
  }

  focus() {
    this.#text.focus();
  }

  /** @param {Post} post */
  #hearPost(post) {
    this.#posts.set(post.id, post);
    if (post.channel === this.channel) this.#list.put(post);
    else if (post.revision === 0) this.#unread.add(post.channel);
    this.#drawChannels();
    const [oldest] = this.#posts.keys();
    if (this.#posts.size <= HISTORY || oldest === undefined) return;
    this.#posts.delete(oldest);
    this.#list.remove(oldest);
  }

  /** The posts of the channel on view. */
  #here() {
    return [...this.#posts.values()].filter(({ channel }) => channel === this.channel);
  }

  async #send() {
    const { value } = this.#text;
    if (value.trim() === '' || this.channel === '' || !this.#author.reportValidity()) return;
    this.#text.value = '';
    grow(this.#text);
    try {
      await sendPost({ channel: this.channel, author: this.#author.value, text: value });
    } catch (error) {
      // What could not be sent is not lost, unless something else is being written by now.
      if (this.#text.value === '') this.#text.value = value;
      grow(this.#text);
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Post} post @param {string} text */
  async #editPost({ id, author }, text) {
    try {
      await editPost(id, { author, text });
      this.#text.focus();
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} channel */
  #show(channel) {
    this.channel = channel;
    this.#unread.delete(channel);
    this.#list.replace(this.#here());
    this.#drawChannels();
    this.#drawEmpty();
  }

  #drawChannels() {
    const items = this.#channels.map(({ id }) => {
      const unread = this.#unread.has(id);
      const props = {
        type: 'button',
        class: unread ? 'unread' : null,
        'aria-current': id === this.channel ? 'true' : null,
        onclick: () => this.#show(id),
      };
      const words = unread ? h('span', { class: 'visually-hidden' }, ', new posts') : null;
      return h('li', {}, h('button', props, h('span', { class: 'hash', 'aria-hidden': 'true' }, '#'), id, words));
    });
    byId('channels', HTMLElement).replaceChildren(...items);

    const here = this.#channels.find(({ id }) => id === this.channel);
    byId('channel-title', HTMLElement).textContent = `#${this.channel}`;
    byId('channel-policy', HTMLElement).textContent = here === undefined ? '' : policyWords(here);
    this.#text.placeholder = `Message #${this.channel}`;
  }

  #drawEmpty() {
    const nothing = this.#list.size === 0;
    byId('chat-empty', HTMLElement).hidden = !nothing;
    byId('posts', HTMLElement).hidden = nothing;
    this.#sample.hidden = this.#samplePlaying || this.#posts.size > 0;
  }
}

/** @param {Channel} channel */
export function policyWords({ mode, threshold }) {
  return mode === 'review' ? `Posts are flagged from ${threshold.toFixed(2)}` : 'Posts are observed, not flagged';
}
