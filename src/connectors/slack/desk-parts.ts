import type { webApi } from '@slack/bolt';
import type { Finding } from '../../domain/finding.ts';
import type { CommunityAddress, Message } from '../../domain/message.ts';
import type { Moderation } from '../moderation.ts';
import type { Access } from './access.ts';
import type { Speech } from './speech.ts';

/** Slack as the bot of each workspace reaches it. */
export interface Workspaces {
  /** Rejects where the app is not installed. */
  client(community: string): Promise<webApi.WebClient>;
  /** Who deletes posts there, where an administrator installed a token of theirs for it. */
  deleter(community: string): Promise<Deleter | null>;
}

export interface Deleter {
  client: webApi.WebClient;
  /** In whose name. */
  admin: string;
}

/** A post in a channel; replies are found by the post that they answer. */
export interface PostPlace {
  channel: string;
  message: string;
  thread: string | null;
}

/** What answers are made with. */
export interface DeskParts {
  moderation: Moderation;
  workspaces: Workspaces;
  access: Access;
  speech: Speech;
  /** Asks Slack's own addresses, and no others. */
  fetch: NonNullable<webApi.WebClientOptions['fetch']>;
  /** A post as it reads now; null where there is none that a member wrote. */
  readPost: (client: webApi.WebClient, community: CommunityAddress, place: PostPlace) => Promise<Message | null>;
  /** What was said before a post, or what a reply answers: a few posts, oldest first. */
  readBefore: (client: webApi.WebClient, community: CommunityAddress, place: PostPlace) => Promise<Message[]>;
  /** What the bot lacks in a workspace. */
  examine: (community: CommunityAddress) => Promise<Finding[]>;
}
