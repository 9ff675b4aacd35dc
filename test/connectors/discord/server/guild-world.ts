import { ChannelType, MessageType, OverwriteType, PermissionFlagsBits } from 'discord.js';
import type {
  APIGuildMember,
  APIMessage,
  APIOverwrite,
  APIRole,
  APIUser,
  GatewayDispatchPayload,
  GatewayGuildCreateDispatchData,
  MessageFlags,
} from 'discord.js';
import { compareIds, nextSnowflake } from './snowflake.ts';

export interface WorldChannel {
  id: string;
  guild: string;
  type: ChannelType;
  name: string;
  /** A thread's channel, a channel's category. */
  parent: string | null;
  overwrites: APIOverwrite[];
  /** When a thread was archived; null for one that is active. */
  archived: Date | null;
  /** Who is in a private thread; of others, those who may manage threads see it. */
  members: string[];
  messages: Map<string, APIMessage>;
  lastMessage: string | null;
}

export interface WorldGuild {
  id: string;
  name: string;
  owner: string;
  locale: string;
  systemChannel: string | null;
  roles: Map<string, APIRole>;
  members: Map<string, APIGuildMember>;
  channels: Map<string, WorldChannel>;
}

export type Emit = (guild: string, event: GatewayDispatchPayload['t'], data: unknown) => void;

const EVERYONE_MAY =
  PermissionFlagsBits.ViewChannel | PermissionFlagsBits.SendMessages | PermissionFlagsBits.ReadMessageHistory;

/** What exists on the platform: guilds with their channels, members and messages. Tells the gateway what happens. */
export class GuildWorld {
  readonly bot: APIUser = userOf('Evenkeel', true);
  readonly guilds = new Map<string, WorldGuild>();
  emit: Emit = () => {};

  addGuild(name: string, { botMay = 0n }: { botMay?: bigint } = {}): WorldGuild {
    const id = nextSnowflake();
    const owner = nextSnowflake();
    const guild: WorldGuild = {
      id,
      name,
      owner,
      locale: 'en-US',
      systemChannel: null,
      roles: new Map([[id, roleOf(id, '@everyone', 0, EVERYONE_MAY)]]),
      members: new Map(),
      channels: new Map(),
    };
    this.guilds.set(id, guild);
    const role = this.addRole(guild, 'Evenkeel', botMay, 5);
    this.addMember(guild, this.bot, [role.id]);
    return guild;
  }

  addRole(guild: WorldGuild, name: string, permissions: bigint, position = guild.roles.size): APIRole {
    const role = roleOf(nextSnowflake(), name, position, permissions);
    guild.roles.set(role.id, role);
    return role;
  }

  addMember(guild: WorldGuild, user: string | APIUser, roles: string[] = []): APIGuildMember {
    const member = {
      user: typeof user === 'string' ? userOf(user) : user,
      roles,
      joined_at: new Date().toISOString(),
      deaf: false,
      mute: false,
      flags: 0,
    } as unknown as APIGuildMember;
    guild.members.set(member.user.id, member);
    return member;
  }

  addChannel(
    guild: WorldGuild,
    name: string,
    more: { type?: ChannelType; parent?: string; overwrites?: APIOverwrite[]; members?: string[] } = {},
  ): WorldChannel {
    const { type = ChannelType.GuildText, parent = null, overwrites = [], members = [] } = more;
    const channel: WorldChannel = {
      id: nextSnowflake(),
      guild: guild.id,
      type,
      name,
      parent,
      overwrites,
      archived: null,
      members,
      messages: new Map(),
      lastMessage: null,
    };
    guild.channels.set(channel.id, channel);
    return channel;
  }

  findChannel(id: string): WorldChannel | undefined {
    for (const guild of this.guilds.values()) if (guild.channels.has(id)) return guild.channels.get(id);
    return undefined;
  }

  /** Posts as a member, webhook or bot. `more` overrides what an ordinary post has. */
  post(channel: WorldChannel, author: APIUser, content: string, more: Partial<APIMessage> = {}): APIMessage {
    const message = {
      id: nextSnowflake(),
      channel_id: channel.id,
      author,
      content,
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      components: [],
      pinned: false,
      type: MessageType.Default,
      flags: 0 as MessageFlags,
      ...more,
    } as APIMessage;
    channel.messages.set(message.id, message);
    channel.lastMessage = message.id;
    this.emit(channel.guild, 'MESSAGE_CREATE' as never, this.#dispatched(channel, message));
    return message;
  }

  edit(channel: WorldChannel, id: string, change: Partial<APIMessage>): APIMessage {
    const before = channel.messages.get(id)!;
    // Discord's edit times have microseconds and never repeat; ours move on by a millisecond at least.
    const since = before.edited_timestamp === null ? 0 : Date.parse(before.edited_timestamp) + 1;
    const edited_timestamp = new Date(Math.max(Date.now(), since)).toISOString();
    const message = { ...before, ...change, edited_timestamp };
    channel.messages.set(id, message);
    this.emit(channel.guild, 'MESSAGE_UPDATE' as never, this.#dispatched(channel, message));
    return message;
  }

  remove(channel: WorldChannel, ...ids: string[]): void {
    for (const id of ids) channel.messages.delete(id);
    const where = { channel_id: channel.id, guild_id: channel.guild };
    if (ids.length === 1) this.emit(channel.guild, 'MESSAGE_DELETE' as never, { id: ids[0], ...where });
    else this.emit(channel.guild, 'MESSAGE_DELETE_BULK' as never, { ids, ...where });
  }

  /** History as the API gives it: newest first. */
  history(
    channel: WorldChannel,
    { before, after, limit }: { before?: string; after?: string; limit: number },
  ): APIMessage[] {
    const ids = sortedIds(channel);
    const from = after === undefined ? 0 : firstFrom(ids, String(BigInt(after) + 1n));
    const to = before === undefined ? ids.length : firstFrom(ids, before);
    const page = after === undefined ? ids.slice(Math.max(0, to - limit), to) : ids.slice(from, from + limit);
    return page.toReversed().map((id) => channel.messages.get(id)!);
  }

  permissionsOf(guild: WorldGuild, user: string, channel?: WorldChannel): bigint {
    const member = guild.members.get(user);
    if (member === undefined) return 0n;
    if (guild.owner === user) return ALL;
    const held = [guild.id, ...member.roles];
    const base = held.reduce((sum, role) => sum | BigInt(guild.roles.get(role)?.permissions ?? 0), 0n);
    if ((base & PermissionFlagsBits.Administrator) !== 0n) return ALL;
    const home = channel !== undefined && isThread(channel) ? guild.channels.get(channel.parent ?? '') : channel;
    const apply = (sum: bigint, some: readonly APIOverwrite[]): bigint => {
      const deny = some.reduce((bits, each) => bits | BigInt(each.deny), 0n);
      return (sum & ~deny) | some.reduce((bits, each) => bits | BigInt(each.allow), 0n);
    };
    const overwrites = home?.overwrites ?? [];
    let sum = apply(
      base,
      overwrites.filter(({ id }) => id === guild.id),
    );
    sum = apply(
      sum,
      overwrites.filter(({ id, type }) => type === OverwriteType.Role && id !== guild.id && held.includes(id)),
    );
    sum = apply(
      sum,
      overwrites.filter(({ id, type }) => type === OverwriteType.Member && id === user),
    );
    const closed = channel?.type === ChannelType.PrivateThread && !channel.members.includes(user);
    return closed && (sum & PermissionFlagsBits.ManageThreads) === 0n ? 0n : sum;
  }

  guildCreate(guild: WorldGuild): GatewayGuildCreateDispatchData {
    const channels = [...guild.channels.values()];
    const sees = (channel: WorldChannel): boolean =>
      (this.permissionsOf(guild, this.bot.id, channel) & PermissionFlagsBits.ViewChannel) !== 0n;
    return {
      id: guild.id,
      name: guild.name,
      owner_id: guild.owner,
      preferred_locale: guild.locale,
      system_channel_id: guild.systemChannel,
      unavailable: false,
      roles: [...guild.roles.values()],
      members: [guild.members.get(this.bot.id)!],
      member_count: guild.members.size,
      channels: channels.filter((each) => !isThread(each)).map(channelData),
      threads: channels.filter((each) => isThread(each) && each.archived === null && sees(each)).map(channelData),
    } as unknown as GatewayGuildCreateDispatchData;
  }

  #dispatched(channel: WorldChannel, message: APIMessage): unknown {
    const { user: _user, ...member } = this.guilds.get(channel.guild)!.members.get(message.author.id) ?? { user: null };
    return { ...message, guild_id: channel.guild, ...(message.webhook_id === undefined && { member }) };
  }
}

function isThread({ type }: WorldChannel): boolean {
  return type === ChannelType.PublicThread || type === ChannelType.PrivateThread;
}

export function channelData(channel: WorldChannel): Record<string, unknown> {
  return {
    id: channel.id,
    guild_id: channel.guild,
    type: channel.type,
    name: channel.name,
    parent_id: channel.parent,
    permission_overwrites: channel.overwrites,
    last_message_id: channel.lastMessage,
    position: 0,
    ...(isThread(channel) && {
      thread_metadata: {
        archived: channel.archived !== null,
        locked: false,
        auto_archive_duration: 1440,
        archive_timestamp: (channel.archived ?? new Date()).toISOString(),
      },
    }),
  };
}

export function userOf(name: string, bot = false): APIUser {
  return { id: nextSnowflake(), username: name, discriminator: '0', global_name: name, avatar: null, bot };
}

/** The messages of a channel are in the order in which they were made, but for those that a test gave an id. */
function sortedIds({ messages }: WorldChannel): string[] {
  const ids = [...messages.keys()];
  const inOrder = ids.every((id, at) => at === 0 || compareIds(ids[at - 1]!, id) < 0);
  return inOrder ? ids : ids.sort(compareIds);
}

/** The place of the first id that is not before another, by halving. */
function firstFrom(ids: readonly string[], least: string): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareIds(ids[middle]!, least) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const ALL = Object.values(PermissionFlagsBits).reduce((sum, bit) => sum | bit, 0n);

function roleOf(id: string, name: string, position: number, permissions: bigint): APIRole {
  return {
    id,
    name,
    position,
    permissions: String(permissions),
    color: 0,
    hoist: false,
    managed: false,
    mentionable: false,
    flags: 0,
  } as unknown as APIRole;
}
