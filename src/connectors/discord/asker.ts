import type { Words } from '../../words/words.ts';
import type { Asker, Naming } from '../answer.ts';
import { rootsOf } from '../command-answer.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Inquiry } from './inquiry.ts';
import { inline, mention } from './markdown.ts';
import { placeOfLink } from './message.ts';

const NAMES: Naming = { ...mention, words: inline };

/** Whoever stands behind an inquiry, as commands know them. */
export function askerOf(inquiry: Inquiry, words: Words, examine: () => Promise<Finding[]>): Asker {
  return {
    who: inquiry.user,
    here: { ...inquiry.community, channel: inquiry.channel },
    words,
    names: NAMES,
    roots: rootsOf({ moderator: inquiry.isModerator, administrator: inquiry.isAdministrator }),
    examine,
    addressOf: placeOfLink,
  };
}
