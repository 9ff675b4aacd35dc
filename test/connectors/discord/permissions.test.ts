import { OverwriteType, PermissionFlagsBits as P } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { has, isAbove, permissionName, permissionsOf } from '../../../src/connectors/discord/permissions.ts';

const role = (id: string, permissions: bigint, position: number) => [id, { id, permissions, position }] as const;
const guild = {
  id: 'everyone',
  owner: 'owner',
  roles: new Map([
    role('everyone', P.ViewChannel | P.SendMessages, 0),
    role('mods', P.ManageMessages, 2),
    role('muted', 0n, 1),
    role('admins', P.Administrator, 3),
  ]),
};
const member = (user: string, ...roles: string[]) => ({ user, roles });
const overwrite = (id: string, type: OverwriteType, allow: bigint, deny: bigint) => ({
  id,
  type,
  allow: String(allow),
  deny: String(deny),
});

/** The cases of developers/topics/permissions#permission-overwrites, in its order. */
describe('the permissions of a member in a channel', () => {
  it('are those of everyone and of their roles', () => {
    expect(permissionsOf(guild, member('ann', 'mods'))).toBe(P.ViewChannel | P.SendMessages | P.ManageMessages);
  });

  it('are all for the owner and for administrators, whatever a channel denies', () => {
    const closed = [overwrite('everyone', OverwriteType.Role, 0n, P.ViewChannel)];
    for (const who of [member('owner'), member('ida', 'admins')]) {
      expect(has(permissionsOf(guild, who, closed), P.ViewChannel | P.BanMembers)).toBe(true);
    }
  });

  it('are first what a channel denies and allows everyone', () => {
    const closed = [overwrite('everyone', OverwriteType.Role, P.AddReactions, P.SendMessages)];
    expect(permissionsOf(guild, member('ann'), closed)).toBe(P.ViewChannel | P.AddReactions);
  });

  it('are then those of roles, where one that allows outweighs all that deny', () => {
    const channel = [
      overwrite('everyone', OverwriteType.Role, 0n, P.ViewChannel),
      overwrite('muted', OverwriteType.Role, 0n, P.SendMessages | P.ViewChannel),
      overwrite('mods', OverwriteType.Role, P.ViewChannel, 0n),
    ];
    expect(permissionsOf(guild, member('ann', 'muted', 'mods'), channel)).toBe(P.ViewChannel | P.ManageMessages);
    expect(permissionsOf(guild, member('bob'), channel)).toBe(P.SendMessages);
  });

  it('are last those of the member alone', () => {
    const channel = [
      overwrite('mods', OverwriteType.Role, 0n, P.ManageMessages),
      overwrite('ann', OverwriteType.Member, P.ManageMessages, P.SendMessages),
    ];
    expect(permissionsOf(guild, member('ann', 'mods'), channel)).toBe(P.ViewChannel | P.ManageMessages);
  });

  it('reach down only: a higher role above a lower one, nobody above the owner or themselves', () => {
    expect(isAbove(guild, member('ann', 'mods'), member('bob', 'muted'))).toBe(true);
    expect(isAbove(guild, member('ann', 'mods'), member('eve', 'mods'))).toBe(false);
    expect(isAbove(guild, member('ida', 'admins'), member('owner'))).toBe(false);
    expect(isAbove(guild, member('owner'), member('ida', 'admins'))).toBe(true);
    expect(isAbove(guild, member('ann', 'mods'), member('ann', 'mods'))).toBe(false);
  });

  it('have the names that Discord shows', () => {
    expect(permissionName(P.ReadMessageHistory)).toBe('Read Message History');
  });
});
