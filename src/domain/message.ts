/** A chat platform that a connector speaks. */
export type Platform = 'local' | 'discord' | 'slack';

/** Where a channel is, in its platform's own ids. */
export interface ChannelAddress {
  platform: Platform;
  community: string;
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
}
