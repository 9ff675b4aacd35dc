import type { APIButtonComponent } from 'discord.js';
import type { Words } from '../../words/words.ts';
import { customId } from '../custom-id.ts';
import type { QueueFilter } from '../moderation.ts';
import { queueIds } from '../queue-place.ts';
import { button } from './layout.ts';

/** Leads to the next card of a queue: how it is filtered, and how many came before. */
export function queueButton(filter: QueueFilter, at: number, words: Words): APIButtonComponent {
  return button(customId('next', ...queueIds(filter, at)), words.say('button.next'));
}
