import { ChannelType, GatewayDispatchEvents } from 'discord.js';
import type {
  APIOverwrite,
  APIRole,
  GatewayDispatchPayload,
  GatewayGuildCreateDispatchData,
  GatewayGuildMemberUpdateDispatchData,
} from 'discord.js';
import { permissionsOf } from './permissions.ts';
import type { GuildRights, MemberRights, Role } from './permissions.ts';

export interface GuildChannel {
  id: string;
  name: string;
  type: ChannelType;
  /** A thread's channel, a channel's category. */
  parent: string | null;
  overwrites: APIOverwrite[];
  /** The newest post as far as the gateway told; may be deleted by now. Undefined where it told nothing. */
  lastMessage: string | null | undefined;
}

/** A guild as far as messages and permissions need it. */
export interface Guild extends GuildRights {
  name: string;
  locale: string;
  roles: Map<string, Role>;
  channels: Map<string, GuildChannel>;
  /** Where the guild wants to read what bots and Discord have to say; null where nowhere. */
  systemChannel: string | null;
  /** The bot's own roles; null where they were not told. */
  ownRoles: string[] | null;
}

/** A guild in a payload: servers other than Discord's leave fields out. */
type RawGuild = Pick<GatewayGuildCreateDispatchData, 'id' | 'name' | 'owner_id'> & {
  preferred_locale?: string;
  system_channel_id?: string | null;
  roles?: Pick<APIRole, 'id' | 'permissions' | 'position'>[] | null;
  channels?: RawChannel[] | null;
  threads?: RawChannel[] | null;
  members?: { user?: { id: string }; roles: string[] }[] | null;
};

/** Who asks for something in a guild. */
interface Asking extends MemberRights {
  guild: string;
  rights: bigint;
}

/** What can be asked of a guild where its own event left it out. */
export interface Told {
  roles?: Pick<APIRole, 'id' | 'permissions' | 'position'>[];
  ownRoles?: string[];
  channels?: RawChannel[];
}

/** The same of a channel. */
export interface RawChannel {
  id: string;
  name?: string | null;
  type: ChannelType;
  parent_id?: string | null;
  permission_overwrites?: APIOverwrite[];
  last_message_id?: string | null;
  guild_id?: string;
}

const THREADS = new Set([ChannelType.PublicThread, ChannelType.PrivateThread, ChannelType.AnnouncementThread]);

function isThread({ type }: Pick<GuildChannel, 'type'>): boolean {
  return THREADS.has(type);
}

/** The guilds of this process's shards, as the gateway tells them: no member, no message. */
export class GuildDirectory {
  readonly guilds = new Map<string, Guild>();
  #self = '';

  /** Forgets the guilds of a shard, of so many; returns them. */
  leave(shard: number, shards: number): string[] {
    const left = [...this.guilds.keys()].filter((id) => Number((BigInt(id) >> 22n) % BigInt(shards)) === shard);
    for (const id of left) this.guilds.delete(id);
    return left;
  }

  /** Where a channel is; null where this process does not know it. */
  guildOf(channel: string): string | null {
    for (const { id, channels } of this.guilds.values()) if (channels.has(channel)) return id;
    return null;
  }

  /** The channel whose policy holds in a channel: a thread's parent. */
  parentOf(guild: string, channel: string): GuildChannel | null {
    const found = this.guilds.get(guild);
    const own = found?.channels.get(channel);
    return own !== undefined && isThread(own) ? (found!.channels.get(own.parent ?? '') ?? null) : null;
  }

  /** What someone may do in a channel of a guild; null where this process does not know the guild or channel. */
  rightsIn(guild: string, channel: string, member: MemberRights): bigint | null {
    const found = this.guilds.get(guild);
    const place = this.parentOf(guild, channel) ?? found?.channels.get(channel);
    // Every guild has a role for everyone: without one nothing was told.
    if (found === undefined || place === undefined || found.roles.size === 0) return null;
    return permissionsOf(found, member, place.overwrites);
  }

  /** What someone who asks may do in another channel. A server that tells no roles has said what they may do where they ask. */
  rightsOf({ guild, user, roles, rights }: Asking, channel: string): bigint | null {
    const found = this.guilds.get(guild);
    if (found !== undefined && found.roles.size === 0) return found.channels.has(channel) ? rights : null;
    return this.rightsIn(guild, channel, { user, roles });
  }

  /** Whether it was told what the bot may do in a guild. */
  knowsRights(guild: string): boolean {
    const found = this.guilds.get(guild);
    return found !== undefined && found.roles.size > 0 && found.ownRoles !== null;
  }

  /** Null as well where the bot's own roles were not told. */
  ownRightsIn(guild: string, channel: string): bigint | null {
    return this.knowsRights(guild) ? this.rightsIn(guild, channel, this.self(guild)) : null;
  }

  /** The bot as a member. */
  self(guild: string): MemberRights {
    return { user: this.#self, roles: this.guilds.get(guild)?.ownRoles ?? [] };
  }

  /** Learns the bot's id where no session told it yet. */
  introduce(self: string): void {
    if (this.#self === '') this.#self = self;
  }

  /** Adds what a server told only when it was asked. */
  complete(guild: string, { roles, ownRoles, channels }: Told): void {
    const found = this.guilds.get(guild);
    if (found === undefined) return;
    for (const role of roles ?? []) found.roles.set(role.id, roleOf(role));
    for (const channel of channels ?? []) found.channels.set(channel.id, channelOf(channel));
    if (ownRoles !== undefined) found.ownRoles = ownRoles;
  }

  apply({ t, d }: Pick<GatewayDispatchPayload, 't' | 'd'>): void {
    switch (t) {
      case GatewayDispatchEvents.Ready:
        this.#self = (d as { user?: { id: string } }).user?.id ?? this.#self;
        break;
      case GatewayDispatchEvents.GuildCreate:
        this.#add(d as RawGuild);
        break;
      case GatewayDispatchEvents.GuildUpdate:
        this.#update(d as RawGuild);
        break;
      case GatewayDispatchEvents.GuildDelete:
        this.guilds.delete((d as { id: string }).id);
        break;
      case GatewayDispatchEvents.GuildRoleCreate:
      case GatewayDispatchEvents.GuildRoleUpdate: {
        const { guild_id, role } = d as { guild_id: string; role: APIRole };
        this.guilds.get(guild_id)?.roles.set(role.id, roleOf(role));
        break;
      }
      case GatewayDispatchEvents.GuildRoleDelete: {
        const { guild_id, role_id } = d as { guild_id: string; role_id: string };
        this.guilds.get(guild_id)?.roles.delete(role_id);
        break;
      }
      case GatewayDispatchEvents.ChannelCreate:
      case GatewayDispatchEvents.ChannelUpdate:
      case GatewayDispatchEvents.ThreadCreate:
      case GatewayDispatchEvents.ThreadUpdate: {
        const channel = d as RawChannel;
        this.guilds.get(channel.guild_id ?? '')?.channels.set(channel.id, channelOf(channel));
        break;
      }
      case GatewayDispatchEvents.ChannelDelete:
      case GatewayDispatchEvents.ThreadDelete: {
        const { id, guild_id } = d as RawChannel;
        this.guilds.get(guild_id ?? '')?.channels.delete(id);
        break;
      }
      case GatewayDispatchEvents.ThreadListSync: {
        const { guild_id, threads } = d as unknown as { guild_id: string; threads: RawChannel[] };
        for (const thread of threads) this.guilds.get(guild_id)?.channels.set(thread.id, channelOf(thread));
        break;
      }
      case GatewayDispatchEvents.MessageCreate: {
        const { guild_id, channel_id, id } = d as { guild_id?: string; channel_id: string; id: string };
        const channel = this.guilds.get(guild_id ?? '')?.channels.get(channel_id);
        if (channel !== undefined) channel.lastMessage = id;
        break;
      }
      case GatewayDispatchEvents.GuildMemberUpdate: {
        const { guild_id, user, roles } = d as GatewayGuildMemberUpdateDispatchData;
        const guild = this.guilds.get(guild_id);
        if (guild !== undefined && user.id === this.#self) guild.ownRoles = roles;
        break;
      }
      default:
    }
  }

  #add(data: RawGuild): void {
    const { id, name, owner_id, preferred_locale, roles, channels, threads, members } = data;
    const all = [...(channels ?? []), ...(threads ?? [])].map(channelOf);
    const own = members?.find(({ user }) => user?.id === this.#self);
    this.guilds.set(id, {
      id,
      name,
      owner: owner_id,
      locale: preferred_locale ?? 'en-US',
      systemChannel: data.system_channel_id ?? null,
      roles: new Map((roles ?? []).map((role) => [role.id, roleOf(role)])),
      channels: new Map(all.map((channel) => [channel.id, channel])),
      ownRoles: own?.roles ?? null,
    });
  }

  #update({ id, name, owner_id, preferred_locale, system_channel_id }: RawGuild): void {
    const guild = this.guilds.get(id);
    if (guild === undefined) return;
    const changed = { name, owner: owner_id, systemChannel: system_channel_id ?? null };
    Object.assign(guild, changed, { locale: preferred_locale ?? guild.locale });
  }
}

function roleOf({ id, permissions, position }: Pick<APIRole, 'id' | 'permissions' | 'position'>): Role {
  return { id, permissions: BigInt(permissions), position };
}

function channelOf(raw: RawChannel): GuildChannel {
  return {
    id: raw.id,
    name: raw.name ?? '',
    type: raw.type,
    parent: raw.parent_id ?? null,
    overwrites: raw.permission_overwrites ?? [],
    lastMessage: raw.last_message_id,
  };
}
