import type { CommunityAddress } from '../domain/message.ts';
import type { QueueFilter } from './moderation.ts';

const SORTS = ['new', 'score', 'uncertain'] as const;
const ONLY = ['escalated', 'reported', 'appealed', 'disputed'] as const;
/** Stands where `only` does. */
const AGENDA = 'agenda';

/** How a queue is filtered and how many of it came before, as ids of a button that leads on. */
export function queueIds({ channel, language, only, sort, agendaOf }: QueueFilter, at: number): string[] {
  return [String(at), sort ?? '', agendaOf === undefined ? (only ?? '') : AGENDA, language ?? '', channel ?? ''];
}

/** What the ids of that button say to the moderator who clicks it. */
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
