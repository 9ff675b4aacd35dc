import { listen } from './api.js';
import { Chat } from './chat.js';
import { Commands } from './commands.js';
import { byId, toast } from './dom.js';
import { Queue } from './queue.js';
import { listenToKeys } from './shortcuts.js';

const chat = new Chat();
/** @param {{ message: string }} card */
const reveal = ({ message }) => {
  showView('chat');
  if (!chat.reveal(message)) toast('The chat no longer has this post.');
};
const queue = new Queue({
  reveal,
  refill: () => refresh(),
  guideline: () => void commands.run('/keel guideline'),
});
const commands = new Commands(() => ({ moderator: queue.moderator, channel: chat.channel }), reveal);

const refresh = listen(
  (event) => {
    for (const part of [chat, queue, commands]) part.hear(event);
  },
  (state) => {
    const connection = document.querySelector('.connection');
    connection?.setAttribute('data-state', state);
    const words = connection?.querySelector('.connection-words');
    if (words) words.textContent = state === 'live' ? 'Live' : 'Reconnecting';
  },
);

listenToKeys({ chat, queue, commands, showView });

for (const button of document.querySelectorAll('.views button')) {
  button.addEventListener('click', () => showView(button.getAttribute('data-view') === 'queue' ? 'queue' : 'chat'));
}

/** Where there is no room for both sides, one of them. @param {'chat' | 'queue'} view */
function showView(view) {
  document.body.dataset['view'] = view;
  for (const button of document.querySelectorAll('.views button')) {
    if (button.getAttribute('data-view') === view) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
}

byId('shortcuts-open', HTMLElement).addEventListener('click', () => byId('shortcuts', HTMLDialogElement).showModal());
