import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SettingsChange } from '../../src/domain/settings.ts';
import { findAudit } from '../../src/store/audit.ts';
import { findCommunity } from '../../src/store/channels.ts';
import { describeOnEachDatabase } from '../database.ts';
import { address, COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

const GUILD = { platform: 'discord', community: 'guild' } as const;

describeOnEachDatabase('an administrator', (create) => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld(create);
  });
  afterAll(() => world.close());

  test('finds a community that only observes, caps its cards and trains nothing, until told otherwise', async () => {
    const first = await world.moderation.settings(GUILD);
    expect(first).toEqual({
      mode: 'observe',
      threshold: 0.5,
      reviewChannel: null,
      language: null,
      cardsPerHour: 20,
      notify: { role: null, minimumBand: 'high', perHour: 3, quiet: null },
      training: { state: 'off' },
      auditsPerDay: 0,
      retentionDays: 30,
      setUp: null,
    });
    await world.moderation.receive([post('m', 'hot 99%', GUILD)]);
    expect(await world.moderation.settings(GUILD)).toEqual(first);
    expect(await world.moderation.settings({ platform: 'local', community: 'x' })).toMatchObject({
      mode: 'review',
      cardsPerHour: null,
    });
  });

  test('changes some settings and leaves the others, each with its row in the audit log', async () => {
    const notify = {
      role: 'r',
      minimumBand: 'low',
      perHour: 9,
      quiet: { from: '22:00', to: '07:00', timeZone: 'Europe/Rome' },
    } as const;
    const change: SettingsChange = { reviewChannel: 'mods', language: 'ar', notify, retentionDays: 7, setUp: true };
    const changed = await world.moderation.changeSettings(GUILD, change, 'ada');
    expect(changed).toMatchObject({
      reviewChannel: 'mods',
      language: 'ar',
      notify,
      retentionDays: 7,
      cardsPerHour: 20,
    });
    expect(changed.setUp).toEqual({ by: 'ada', at: expect.any(Date) });
    expect(await world.moderation.settings(GUILD)).toEqual(changed);
    const id = await findCommunity(world.database.handle, GUILD);
    const log = await findAudit(world.database.handle, id!, 10);
    expect(log.map(({ who, what, details }) => [who, what, details['setting']]).toReversed()).toEqual(
      ['reviewChannel', 'language', 'notify', 'retentionDays', 'setUp'].map((setting) => ['ada', 'setting', setting]),
    );
  });

  test('turns training on with a permission only, which is kept with who and when', async () => {
    const on = await world.moderation.changeSettings(
      GUILD,
      { training: { state: 'local-only', permission: ' T-12 ' } },
      'ada',
    );
    expect(on.training).toEqual({ state: 'local-only', permission: 'T-12', by: 'ada', at: expect.any(Date) });
    await expect(
      world.moderation.changeSettings(GUILD, { training: { state: 'local-only', permission: ' ' } }, 'eve'),
    ).rejects.toThrow('Training needs a permission');
    expect(await world.moderation.doctor(GUILD)).toContainEqual({
      kind: 'training-on',
      level: 'note',
      permission: 'T-12',
    });
    expect((await world.moderation.changeSettings(GUILD, { training: { state: 'off' } }, 'ada')).training).toEqual({
      state: 'off',
    });
  });

  test.each<[SettingsChange, string]>([
    [{ retentionDays: 31 }, 'kept for 31 days'],
    [{ retentionDays: 0 }, 'kept for 0 days'],
    [{ retentionDays: 1.5 }, 'kept for 1.5 days'],
    [{ cardsPerHour: -1 }, '-1 cards an hour'],
    [{ threshold: 2 }, 'The threshold 2'],
    [{ mode: 'act' as 'review' }, 'act is not a mode'],
    [{ language: 'xx' as 'en' }, 'does not speak xx'],
    [{ reviewChannel: ' ' }, 'needs an id'],
    [{ notify: { role: null, minimumBand: 'high', perHour: -1, quiet: null } }, '-1 pings'],
    [{ notify: { role: null, minimumBand: 'top' as 'high', perHour: 1, quiet: null } }, 'top is not a band'],
    [
      {
        notify: { role: null, minimumBand: 'high', perHour: 1, quiet: { from: '24:00', to: '07:00', timeZone: 'UTC' } },
      },
      'no quiet hours',
    ],
    [
      {
        notify: {
          role: null,
          minimumBand: 'high',
          perHour: 1,
          quiet: { from: '22:00', to: '07:00', timeZone: 'Rome' },
        },
      },
      'no quiet hours',
    ],
  ])('is told what is wrong with %j, and nothing is changed', async (change, message) => {
    const before = await world.moderation.settings(GUILD);
    await expect(
      world.moderation.changeSettings(GUILD, { ...change, mode: change.mode ?? 'observe' }, 'ada'),
    ).rejects.toThrow(message);
    expect(await world.moderation.settings(GUILD)).toEqual(before);
  });

  test('sets a policy for the community, a channel, and with it the channel’s threads', async () => {
    const town = { platform: 'discord', community: 'town' } as const;
    const forum = { ...town, channel: 'forum' };
    await world.moderation.changeSettings(town, { mode: 'review', threshold: 0.8 }, 'ada');
    expect(await world.moderation.policy(forum)).toEqual({ mode: 'review', threshold: 0.8 });
    expect(await world.moderation.setThreshold(forum, 0.6, 'ada')).toEqual({ mode: 'review', threshold: 0.6 });
    const thread = { ...town, channel: 'thread', parent: 'forum' };
    await world.moderation.receive([post('a', '70%', thread), post('b', '70%', { ...town, channel: 'else' })]);
    await world.settle();
    expect((await world.moderation.queue({ community: town })).map(({ message }) => message.message)).toEqual(['a']);
    expect(await world.moderation.policies(town)).toEqual([
      { channel: 'forum', mode: 'review', threshold: 0.6, own: { mode: false, threshold: true } },
    ]);
    await world.moderation.setMode(forum, 'observe', 'ada');
    expect(await world.moderation.policy({ ...town, channel: 'thread' })).toEqual({ mode: 'observe', threshold: 0.6 });
    expect(await world.moderation.setThreshold(forum, null, 'ada')).toEqual({ mode: 'observe', threshold: 0.8 });
    expect(await world.moderation.setMode(forum, null, 'ada')).toEqual({ mode: 'review', threshold: 0.8 });
    expect(await world.moderation.policies(town)).toEqual([]);
  });

  test('keeps channels, threads, categories, roles and people from being processed, and no others', async () => {
    const ignore = (kind: 'channel' | 'category' | 'role' | 'user', id: string) =>
      world.moderation.ignore(COMMUNITY, { kind, id }, 'ada');
    expect(await ignore('channel', 'off')).toBe(true);
    expect(await ignore('channel', 'off')).toBe(false);
    await ignore('category', 'cat');
    await ignore('role', 'bots');
    await ignore('user', 'rob');
    const posts = [
      post('kept', '90%'),
      post('channel', '90%', { channel: 'off' }),
      post('thread', '90%', { channel: 't', parent: 'off' }),
      post('category', '90%', { category: 'cat' }),
      post('role', '90%', { authorRoles: ['people', 'bots'] }),
      post('user', '90%', { author: 'rob' }),
      post('also kept', '90%', { author: 'off', category: 'rob', authorRoles: ['cat', 'off'], channel: 'bots' }),
    ];
    await world.moderation.receive(posts);
    await world.settle();
    const stored = await Promise.all(posts.map((each) => world.moderation.find(each)));
    expect(stored.map((each) => each !== null)).toEqual([true, false, false, false, false, false, true]);
    expect(await world.moderation.ignored(COMMUNITY)).toEqual([
      { kind: 'category', id: 'cat' },
      { kind: 'channel', id: 'off' },
      { kind: 'role', id: 'bots' },
      { kind: 'user', id: 'rob' },
    ]);
    expect(await world.moderation.unignore(COMMUNITY, { kind: 'user', id: 'rob' }, 'ada')).toBe(true);
    expect(await world.moderation.unignore(COMMUNITY, { kind: 'user', id: 'rob' }, 'ada')).toBe(false);
    await world.moderation.receive([post('user', '90%', { author: 'rob' })]);
    await world.settle();
    expect(await world.moderation.find(address('user'))).not.toBeNull();
    await expect(ignore('channel', ' ')).rejects.toThrow('cannot be ignored');
  });

  test('hears from the doctor what is missing, and that all is well once it is not', async () => {
    const sick = { platform: 'discord', community: 'sick' } as const;
    const kinds = async () => (await world.moderation.doctor(sick)).map(({ kind }) => kind);
    expect(await kinds()).toEqual(['not-set-up', 'only-observing']);
    await world.moderation.changeSettings(sick, { setUp: true }, 'ada');
    expect(await kinds()).toEqual(['no-review-channel', 'only-observing']);
    await world.moderation.changeSettings(sick, { reviewChannel: 'mods' }, 'ada');
    await world.moderation.setMode({ ...sick, channel: 'general' }, 'review', 'ada');
    expect(await kinds()).toEqual(['all-well']);
  });
});
