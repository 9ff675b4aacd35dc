/** @import { CardContent } from '../../card-content.ts' */
/** @import { LocalEvent, Post, Reply } from '../wire.ts' */
/** @import { Answer } from '../../../domain/label.ts' */

/**
 * @param {'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {Record<string, string>} body
 * @returns {Promise<any>} rejects with a sentence for the person who asked
 */
async function send(method, path, body) {
  let response;
  try {
    response = await fetch(`/api/local${path}`, {
      // oxlint-disable-next-line unicorn/no-invalid-fetch-options -- its type leaves out GET
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      method,
    });
  } catch {
    throw new Error('Evenkeel cannot be reached. Is it still running?');
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new Error(answer?.error ?? `Evenkeel answered ${response.status}.`);
  return answer;
}

/** @param {{ channel: string, author: string, text: string }} written @returns {Promise<Post>} */
export const post = (written) => send('POST', '/posts', written);

/** @param {string} id @param {{ author: string, text: string }} edit @returns {Promise<Post>} */
export const editPost = (id, edit) => send('PUT', `/posts/${encodeURIComponent(id)}`, edit);

/** @param {string} id @param {string} author @returns {Promise<null>} */
export const removePost = (id, author) => send('DELETE', `/posts/${encodeURIComponent(id)}`, { author });

/** @param {string} flag @param {string} moderator @param {Answer} answer @returns {Promise<CardContent>} */
export const label = (flag, moderator, answer) => send('POST', '/labels', { flag, moderator, answer });

/** @param {string} flag @param {string} moderator @returns {Promise<CardContent>} */
export const undoLabel = (flag, moderator) => send('DELETE', `/labels/${encodeURIComponent(flag)}`, { moderator });

/** @param {string} text @param {string} moderator @param {string} channel @returns {Promise<Reply>} */
export const runCommand = (text, moderator, channel) => send('POST', '/commands', { text, moderator, channel });

/** @returns {Promise<unknown>} */
export const playSample = () => send('POST', '/sample', {});

/** How long to wait before connecting again where the browser has given up, in ms. */
const RECONNECT_MS = 1500;

/**
 * Hears everything that happens, from a snapshot on; connects again whenever the connection breaks. Returns how to ask
 * for a new snapshot.
 * @param {(event: LocalEvent) => void} hear
 * @param {(state: 'live' | 'away') => void} changed
 * @returns {() => void}
 */
export function listen(hear, changed) {
  /** @type {EventSource} */
  let source;
  const open = () => {
    const opened = new EventSource('/api/local/events');
    source = opened;
    opened.addEventListener('message', ({ data }) => {
      const event = JSON.parse(data);
      hear(event);
      if (event.type === 'snapshot') changed('live');
    });
    opened.addEventListener('error', () => {
      changed('away');
      // After an answer that is no stream a browser gives up; after a broken connection it comes back by itself.
      if (opened.readyState === EventSource.CLOSED && opened === source) setTimeout(open, RECONNECT_MS);
    });
  };
  open();
  return () => {
    source.close();
    open();
  };
}
