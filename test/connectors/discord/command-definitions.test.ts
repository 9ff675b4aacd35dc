import { PermissionFlagsBits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/connectors/command-spec.ts';
import { commandDefinitions } from '../../../src/connectors/discord/command-definitions.ts';
import { givenOf } from '../../../src/connectors/discord/command-options.ts';
import { commandFaults } from './server/check-commands.ts';
import type { Json } from './server/json.ts';

interface Definition extends Json {
  name: string;
  type: number;
  options?: Definition[];
}

const definitions = commandDefinitions() as unknown as Definition[];

describe('the commands that Discord is given', () => {
  it('keep to its limits', () => {
    expect(commandFaults(definitions)).toEqual([]);
  });

  it('have a root for each kind of person, with its permission', () => {
    const { ManageMessages, ManageGuild } = PermissionFlagsBits;
    expect(definitions.filter(({ type }) => type === 1)).toMatchObject([
      { name: 'keel', default_member_permissions: null },
      { name: 'keel-mod', default_member_permissions: Number(ManageMessages) },
      { name: 'keel-admin', default_member_permissions: Number(ManageGuild) },
    ]);
  });

  it('offer three entries in the menu of a message', () => {
    expect(definitions.filter(({ type }) => type === 3).map(({ name }) => name)).toEqual([
      'Check polarization',
      'Relabel…',
      'Report to moderators',
    ]);
  });

  it('are each found again from what Discord sends of them', () => {
    const sent: string[] = [];
    const walk = ({ name, options = [] }: Definition, path: Definition[]): void => {
      const inner = options.filter(({ type }) => type === 1 || type === 2);
      for (const each of inner) walk(each, [...path, each]);
      if (inner.length > 0) return;
      const data = path.reduceRight<Json[]>(
        (nested, { name: own, type }) => [{ name: own, type, options: nested }],
        [],
      );
      const root = definitions.find((each) => JSON.stringify(each).includes(JSON.stringify(path[0])));
      const given = givenOf({ name: root!.name, options: data as never });
      sent.push(`${given?.spec.root} ${given?.spec.verb}`);
      expect(name).toBe(given?.spec.verb.split(' ').at(-1));
    };
    for (const root of definitions.filter(({ type }) => type === 1)) walk(root, []);
    expect(sent.toSorted()).toEqual(COMMANDS.map(({ root, verb }) => `${root} ${verb}`).toSorted());
  });

  it('that an older version left behind are not ours', () => {
    expect(givenOf({ name: 'keel-mod', options: [{ type: 1, name: 'dance' }] })).toBeNull();
  });
});
