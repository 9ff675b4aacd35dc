import { byId } from './dom.js';
/** @import { Chat } from './chat.js' */
/** @import { Commands } from './commands.js' */
/** @import { Queue } from './queue.js' */

/**
 * Keys that work wherever no field has the focus.
 * @param {{ chat: Chat, queue: Queue, commands: Commands, showView: (view: 'chat' | 'queue') => void }} page
 */
export function listenToKeys({ chat, queue, commands, showView }) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    const act = actionOf(event.key);
    if (act === null) return;
    event.preventDefault();
    act();
  });

  /** @param {string} key @returns {(() => void) | null} */
  function actionOf(key) {
    const inCards = queue.focused !== null;
    switch (key) {
      case 'j':
      case 'k':
        return () => {
          showView('queue');
          queue.move(key === 'j' ? 1 : -1);
        };
      case 'ArrowDown':
        return inCards ? () => queue.move(1) : null;
      case 'ArrowUp':
        return inCards ? () => queue.move(-1) : null;
      case '1':
      case '2':
      case '3':
        return inCards ? () => queue.answer(key) : null;
      case 'u':
        return inCards ? () => queue.undo() : null;
      case 'd':
        return () => {
          showView('queue');
          queue.toggleList();
        };
      case '/':
        return () => {
          showView('queue');
          commands.focus();
        };
      case 'c':
        return () => {
          showView('chat');
          chat.focus();
        };
      case '?':
        return () => byId('shortcuts', HTMLDialogElement).showModal();
      default:
        return null;
    }
  }
}
