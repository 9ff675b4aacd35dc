import type { Message } from '../../domain/message.ts';
import type { Words } from '../../words/words.ts';
import type { Raised } from '../moderation.ts';
import { isRefused } from './api-errors.ts';
import type { DeskParts, PostPlace } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { isChannelId, mention } from './mrkdwn.ts';
import { isTs } from './timestamp.ts';

/** `unreadable`: the bot is not in the post's channel. */
export type RaisedHere = Raised | { refused: 'unreadable' };

/** Makes a card of a post that no score flagged. */
export async function raise(
  { moderation, readPost }: Pick<DeskParts, 'moderation' | 'readPost'>,
  { community, user }: Inquiry,
  place: PostPlace,
  by: { origin: 'report' | 'moderator'; reason: string | null },
): Promise<RaisedHere> {
  // What a form says of its post comes back from outside.
  const known = isChannelId(place.channel) && isTs(place.message) && (place.thread === null || isTs(place.thread));
  if (!known) return { refused: 'deleted' };
  let post: Message | null;
  try {
    post = await readPost(community, place);
  } catch (error) {
    if (isRefused(error, 'channel_not_found', 'not_in_channel', 'missing_scope')) return { refused: 'unreadable' };
    if (isRefused(error, 'thread_not_found', 'message_not_found')) return { refused: 'deleted' };
    throw error;
  }
  return post === null ? { refused: 'deleted' } : moderation.raise(post, { ...by, who: user });
}

export function refusedWords(raised: Exclude<RaisedHere, { card: unknown }>, channel: string, words: Words): string {
  switch (raised.refused) {
    case 'deleted':
      return words.say('done.reportDeleted');
    case 'opted-out':
      return words.say('done.reportOptedOut');
    case 'unreadable':
      return words.say('refused.notInvited', { channel: mention.channel(channel), bot: '@Evenkeel' });
  }
}
