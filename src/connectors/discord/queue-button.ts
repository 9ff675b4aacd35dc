import type { APIButtonComponent } from 'discord.js';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Words } from '../../words/words.ts';
import type { QueueFilter } from '../moderation.ts';
import { customId } from './custom-id.ts';
import { button } from './layout.ts';

const SORTS = ['new', 'score', 'uncertain'] as const;
const ONLY = ['escalated', 'reported', 'appealed', 'disputed'] as const;
/** Stands where `only` does. */
const AGENDA = 'agenda';

/** Leads to the next card of a queue: how it is filtered, and how many came before. */
export function queueButton(
  { channel, language, only, sort, agendaOf }: QueueFilter,
  at: number,
  words: Words,
): APIButtonComponent {
  return button(
    customId(
      'next',
      String(at),
      sort ?? '',
      agendaOf === undefined ? (only ?? '') : AGENDA,
      language ?? '',
      channel ?? '',
    ),
    words.say('button.next'),
  );
}

/** What the ids of that button say to whoever clicks it. */
export function queuePlace(
  community: CommunityAddress,
  moderator: string,
  ids: readonly string[],
): { filter: QueueFilter; at: number } {
  const [at = '0', sort, only, language, channel] = ids;
  return {
    at: Number(at),
    filter: {
      community,
      channel: channel === '' ? undefined : channel,
      language: language === '' ? undefined : language,
      agendaOf: only === AGENDA ? moderator : undefined,
      only: ONLY.find((each) => each === only),
      sort: SORTS.find((each) => each === sort),
    },
  };
}
