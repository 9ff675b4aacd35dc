import { MessageType } from 'discord.js';
import type { APIGuildMember, APIMessage } from 'discord.js';
import type { CommunityAddress, Message } from '../../domain/message.ts';
import { momentOf } from './snowflake.ts';

/** A post as the gateway or the history has it. Discord's have all of it, other servers may leave fields out. */
export type RawMessage = Pick<APIMessage, 'id' | 'channel_id'> &
  Partial<APIMessage> & { member?: Partial<Pick<APIGuildMember, 'roles'>> };

/** Where a post is, as far as ignore lists and policies ask. */
export interface Place {
  guild: string;
  /** The parent of a thread or forum post. */
  parent: string | null;
  category: string | null;
}

/** What people write. Everything else (joins, pins, boosts, commands) the platform writes. */
const WRITTEN = new Set([MessageType.Default, MessageType.Reply]);

/**
 * A Discord message as a post: what its author wrote and what they forwarded. The text of embeds is other people's, and
 * files are only counted. Null for what bots, webhooks and Discord itself post, and for a new post without a word.
 */
export function messageOf(raw: RawMessage, { guild, parent, category }: Place): Message | null {
  const { author, edited_timestamp: editedAt } = raw;
  const foreign =
    author === undefined || author.bot === true || author.system === true || (raw.webhook_id ?? null) !== null;
  if (foreign || !WRITTEN.has(raw.type ?? MessageType.Default)) return null;
  const text = textOf(raw);
  const revision = editedAt === null || editedAt === undefined ? 0 : Date.parse(editedAt);
  if (text === '' && revision === 0) return null;
  return {
    platform: 'discord',
    community: guild,
    channel: raw.channel_id,
    message: raw.id,
    revision,
    author: author.id,
    text,
    postedAt: raw.timestamp === undefined ? momentOf(raw.id) : new Date(raw.timestamp),
    link: linkTo(guild, raw.channel_id, raw.id),
    attachments: attachmentsOf(raw),
    ...(parent !== null && { parent }),
    ...(category !== null && { category }),
    ...(raw.member?.roles !== undefined && { authorRoles: raw.member.roles }),
  };
}

export function communityOf(guild: string): CommunityAddress {
  return { platform: 'discord', community: guild };
}

/** Where anyone who may read it finds a message. */
function linkTo(guild: string, channel: string, message: string): string {
  return `https://discord.com/channels/${guild}/${channel}/${message}`;
}

/** The channel (or thread) and message of a link that `linkTo` made. */
export function placeOfLink(link: string | undefined): { channel: string; message: string } | null {
  const [, channel, message] = /\/channels\/\d+\/(\d+)\/(\d+)$/.exec(link ?? '') ?? [];
  return channel === undefined || message === undefined ? null : { channel, message };
}

function textOf({ content: own, message_snapshots }: RawMessage): string {
  const [content, forwarded] = [own ?? '', message_snapshots ?? []];
  if (forwarded.length === 0) return content;
  return [content, ...forwarded.map(({ message }) => message.content ?? '')].filter((part) => part !== '').join('\n');
}

function attachmentsOf({ attachments, message_snapshots }: RawMessage): number {
  const forwarded = message_snapshots ?? [];
  return (
    (attachments ?? []).length + forwarded.reduce((sum, { message }) => sum + (message.attachments?.length ?? 0), 0)
  );
}
