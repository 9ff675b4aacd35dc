import type { webApi } from '@slack/bolt';
import type { Finding } from '../../domain/finding.ts';
import type { CommunityAddress, Message } from '../../domain/message.ts';
import type { Moderation } from '../moderation.ts';
import type { Access } from './access.ts';
import type { Speech } from './speech.ts';
import type { Workspaces } from './workspaces.ts';

/** A post in a channel; replies are found by the post that they answer. */
export interface PostPlace {
  channel: string;
  message: string;
  thread: string | null;
}

/** What answers are made with. */
export interface DeskParts {
  moderation: Moderation;
  workspaces: Pick<Workspaces, 'client' | 'of' | 'deleter'>;
  access: Access;
  speech: Speech;
  /** Asks Slack's own addresses, and no others. */
  fetch: NonNullable<webApi.WebClientOptions['fetch']>;
  /** A post as it reads now; null where there is none that a member wrote. */
  readPost: (community: CommunityAddress, place: PostPlace) => Promise<Message | null>;
  /** What was said before a post, or what a reply answers: a few posts, oldest first. */
  readBefore: (community: CommunityAddress, place: PostPlace) => Promise<Message[]>;
  /** What the bot lacks in a workspace. */
  examine: (community: CommunityAddress) => Promise<Finding[]>;
}
