import type { Words } from '../../words/words.ts';
import type { Asker, Naming } from '../answer.ts';
import { rootsOf } from '../command-answer.ts';
import type { Rights } from './access.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { inline, mention } from './mrkdwn.ts';
import { placeOfLink } from './permalink.ts';

/** Answers are for one person, so nobody is pinged by a name in them. */
const NAMES: Naming = { ...mention, words: inline };

/** Whoever stands behind an inquiry, as commands know them. */
export function askerOf(parts: Pick<DeskParts, 'examine'>, inquiry: Inquiry, words: Words, rights: Rights): Asker {
  return {
    who: inquiry.user,
    here: { ...inquiry.community, channel: inquiry.channel },
    words,
    names: NAMES,
    roots: rootsOf(rights),
    examine: () => parts.examine(inquiry.community),
    addressOf: placeOfLink,
  };
}

/** What to tell someone who may not do something; null where they may. */
export function refusalFor(
  who: 'everyone' | 'moderators' | 'administrators',
  { moderator, administrator, reviewChannel }: Rights,
  words: Words,
): string[] | null {
  if (who === 'administrators') return administrator ? null : [words.say('refused.administrators')];
  if (who === 'everyone' || moderator) return null;
  const where =
    reviewChannel === null ? [] : [words.say('refused.membersOf', { channel: mention.channel(reviewChannel) })];
  return [words.say('refused.moderators'), ...where];
}
