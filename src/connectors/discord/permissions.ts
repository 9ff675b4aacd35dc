import { OverwriteType, PermissionFlagsBits } from 'discord.js';
import type { APIOverwrite } from 'discord.js';

/** A role as far as permissions go. */
export interface Role {
  id: string;
  permissions: bigint;
  position: number;
}

export interface MemberRights {
  user: string;
  roles: readonly string[];
}

export interface GuildRights {
  id: string;
  owner: string;
  roles: ReadonlyMap<string, Role>;
}

const ALL = ~0n;

/**
 * What a member may do in a channel, or in the guild as a whole: the algorithm of developers/topics/permissions. A thread
 * takes its parent's overwrites.
 */
export function permissionsOf(
  guild: GuildRights,
  member: MemberRights,
  overwrites: readonly Pick<APIOverwrite, 'id' | 'type' | 'allow' | 'deny'>[] = [],
): bigint {
  if (guild.owner === member.user) return ALL;
  const held = new Set([guild.id, ...member.roles]);
  const base = [...held].reduce((bits, role) => bits | (guild.roles.get(role)?.permissions ?? 0n), 0n);
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return ALL;

  const everyone = overwrites.filter(({ id }) => id === guild.id);
  const roles = overwrites.filter(({ id, type }) => type === OverwriteType.Role && id !== guild.id && held.has(id));
  const own = overwrites.filter(({ id, type }) => type === OverwriteType.Member && id === member.user);
  return [everyone, roles, own].reduce(overwritten, base);
}

/** Denials of a level first, then what the same level allows. */
function overwritten(bits: bigint, level: readonly Pick<APIOverwrite, 'allow' | 'deny'>[]): bigint {
  const denied = level.reduce((sum, { deny }) => sum | BigInt(deny), 0n);
  return level.reduce((sum, { allow }) => sum | BigInt(allow), bits & ~denied);
}

export function has(bits: bigint, permission: bigint): boolean {
  return (bits & permission) === permission;
}

/** Whether one member stands above another: sanctions reach down only, and never an owner (topics/permissions#hierarchy). */
export function isAbove(guild: GuildRights, member: MemberRights, other: MemberRights): boolean {
  if (guild.owner === other.user || member.user === other.user) return false;
  if (guild.owner === member.user) return true;
  const highest = ({ roles }: MemberRights): number =>
    Math.max(0, ...roles.map((role) => guild.roles.get(role)?.position ?? 0));
  return highest(member) > highest(other);
}

/** The name of a permission as Discord's settings show it: `ReadMessageHistory` -> `Read Message History`. */
export function permissionName(permission: bigint): string {
  const [name = String(permission)] = Object.entries(PermissionFlagsBits).find(([, bit]) => bit === permission) ?? [];
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
