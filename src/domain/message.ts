/** A chat platform that a connector speaks. */
export type Platform = 'local' | 'discord' | 'slack';

/** A Discord guild, a Slack workspace, the local chat. */
export interface CommunityAddress {
  platform: Platform;
  community: string;
}

/** Where a channel is, in its platform's own ids. */
export interface ChannelAddress extends CommunityAddress {
  channel: string;
}

/** Where a message is, whatever its revision. */
export interface MessageAddress extends ChannelAddress {
  message: string;
}

/** One revision of a message: the unit that is classified exactly once. */
export interface MessageIdentity extends MessageAddress {
  /** 0 for the post as it was made; each edit carries a higher number (a platform's edit time in ms does). */
  revision: number;
}

/** A chat post, free of its platform. */
export interface Message extends MessageIdentity {
  /** The author's id on the platform. */
  author: string;
  text: string;
  postedAt: Date;
  /** Where a moderator can jump to it. */
  link?: string;
  /** The channel that this thread or forum post belongs to: its policy and its ignore entries hold here too. */
  parent?: string;
  /** What ignore lists may name besides channel, parent and author; read at intake, never stored. */
  category?: string;
  authorRoles?: readonly string[];
  /** How many files came with the text; they are not analysed, and the card says so. */
  attachments?: number;
}
