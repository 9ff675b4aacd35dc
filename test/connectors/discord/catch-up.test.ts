import { ChannelType, PermissionFlagsBits } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '../../../src/connectors/connector.ts';
import { MemoryCommunity } from './memory-community.ts';
import { cardsIn, wordsOf } from './read.ts';
import type { WorldChannel } from './server/guild-world.ts';
import { snowflakeAt } from './server/snowflake.ts';
import { openTown, until } from './town.ts';
import type { Town } from './town.ts';

const DAY_MS = 86_400_000;

describe('after an absence', () => {
  let town: Town;
  let moderation: MemoryCommunity;
  let connector: Connector;

  beforeEach(async () => {
    town = await openTown();
    moderation = new MemoryCommunity();
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await until(() => moderation.everywhere !== null);
  });
  afterEach(async () => {
    await connector.stop();
    await town.close();
  });

  const post = (text: string, channel: WorldChannel = town.general) =>
    town.server.world.post(channel, town.member, text);
  const texts = () => moderation.received.map(({ text }) => text);
  const come = async (more: Parameters<Town['connect']>[1] = {}): Promise<void> => {
    connector = town.connect(moderation.asModeration(), more);
    await connector.start();
  };
  const asked = (what: string) => town.server.requests.filter((each) => each === `GET ${what} 200`).length;

  it('every post is read back, however many there are', async () => {
    await connector.stop();
    const missed = Array.from({ length: 10_500 }, (_, each) => `missed ${each}`);
    for (const text of missed) post(text);
    await come();
    await until(() => moderation.received.length === missed.length);
    expect(texts()).toEqual(missed);
  }, 60_000);

  it('reading goes on where a restart broke it off', async () => {
    await connector.stop();
    const missed = Array.from({ length: 3000 }, (_, each) => `missed ${each}`);
    for (const [each, text] of missed.entries()) {
      post(text);
      // How far it read is known to the millisecond: hundreds of posts in one would be read again.
      const moment = Date.now();
      while (each % 10 === 9 && Date.now() === moment);
    }
    await come();
    await until(() => moderation.received.length >= 1000);
    await connector.stop();
    expect(moderation.received.length).toBeLessThan(3000);
    const before = asked(`/channels/${town.general.id}/messages`);
    await come();
    await until(() => moderation.received.length === missed.length);
    expect(texts()).toEqual(missed);
    // Pages that were under way are read twice, and some look back.
    expect(asked(`/channels/${town.general.id}/messages`)).toBeLessThanOrEqual(30 + 4);
    expect(before).toBeGreaterThanOrEqual(10);
  }, 60_000);

  it('what is posted while it reads comes after it, and a guild that is known to its end is not read again', async () => {
    await connector.stop();
    for (let each = 0; each < 300; each += 1) post(`missed ${each}`);
    await come();
    post('new');
    await until(() => texts().includes('new'));
    expect(texts().at(-1)).toBe('new');
    await connector.stop();
    const before = asked(`/channels/${town.general.id}/messages`);
    await come();
    post('newer');
    await until(() => texts().includes('newer'));
    expect(asked(`/channels/${town.general.id}/messages`) - before).toBeLessThanOrEqual(2);
  });

  it('threads that began, and threads that were archived meanwhile, are read as well', async () => {
    const { world } = town.server;
    const forum = world.addChannel(town.guild, 'forum', { type: ChannelType.GuildForum });
    const old = world.addChannel(town.guild, 'old', { type: ChannelType.PublicThread, parent: town.general.id });
    await connector.stop();
    const closed = Array.from({ length: 120 }, (_, each) => {
      const thread = world.addChannel(town.guild, `closed ${each}`, {
        type: ChannelType.PublicThread,
        parent: forum.id,
      });
      post(`closed ${each}`, thread);
      thread.archived = new Date(Date.now() + each);
      return thread;
    });
    const begun = world.addChannel(town.guild, 'begun', { type: ChannelType.PublicThread, parent: forum.id });
    post('in a new thread', begun);
    post('in an old thread', old);
    old.archived = new Date();
    const long = world.addChannel(town.guild, 'long ago', { type: ChannelType.PublicThread, parent: forum.id });
    long.archived = new Date(Date.now() - DAY_MS);
    await come();
    await until(() => moderation.received.length === 122);
    expect(texts()).toEqual(expect.arrayContaining(['in a new thread', 'in an old thread', 'closed 0', 'closed 119']));
    expect(moderation.received.find(({ text }) => text === 'closed 5')).toMatchObject({
      channel: closed[5]!.id,
      parent: forum.id,
    });
  });

  it.each([
    ['that the bot is in are read', 0n, ['in it']],
    [
      'are read, all of them where the bot may manage threads',
      PermissionFlagsBits.ManageThreads,
      ['in it', 'not in it'],
    ],
  ])('private threads that were archived meanwhile %s', async (_, more, wanted) => {
    const { server, guild, general } = town;
    await connector.stop();
    const role = guild.roles.get(guild.members.get(server.world.bot.id)!.roles[0]!)!;
    role.permissions = String(BigInt(role.permissions) | more);
    const close = (name: string, members: string[], at: number) => {
      const where = { type: ChannelType.PrivateThread, parent: general.id, members };
      const thread = server.world.addChannel(guild, name, where);
      post(name, thread);
      thread.archived = new Date(at);
    };
    close('in it', [server.world.bot.id], Date.now() + 1000);
    close('not in it', [], Date.now() + 1000);
    // Begun later and archived earlier, so that the first is on another page by either order.
    for (let each = 0; each < 110; each += 1) close('long ago', [server.world.bot.id], Date.now() - DAY_MS);
    await come();
    await until(() => wanted.every((each) => texts().includes(each)));
    // What comes live waits for the end of it.
    post('now');
    await until(() => texts().includes('now'));
    expect(texts().toSorted()).toEqual([...wanted, 'now'].toSorted());
  });

  it('an edit of a moment before it and a deletion of what is kept are noticed', async () => {
    const { world } = town.server;
    const edited = post('calm');
    const deleted = post('soon gone');
    await until(() => moderation.received.length === 2);
    await connector.stop();
    world.edit(town.general, edited.id, { content: 'not calm any more' });
    world.remove(town.general, deleted.id);
    await come();
    await until(() => moderation.removed.length > 0 && texts().includes('not calm any more'));
    expect(moderation.removed.map(({ message }) => message)).toEqual([deleted.id]);
  });

  it('of more days than are read back, the administrators are told what was not read', async () => {
    const { world } = town.server;
    const log = world.addChannel(town.guild, 'system');
    town.guild.systemChannel = log.id;
    await connector.stop();
    moderation.everywhere = new Date(Date.now() - 9 * DAY_MS);
    world.post(town.general, town.member, 'too old', { id: snowflakeAt(Date.now() - 5 * DAY_MS) });
    post('new enough');
    await come({ catchUpDays: 3 });
    await until(() => texts().includes('new enough') && cardsIn(log).length > 0);
    expect(texts()).toEqual(['new enough']);
    expect(wordsOf(cardsIn(log)[0]!)).toContain('away for longer than 3 days');
  });

  it('posts that a slow database keeps waiting are left to history and lost no more than others', async () => {
    await connector.stop();
    await come({ mostWaiting: 50 });
    await until(() => [...town.server.gateway.sessions.values()].length === 1);
    const resume = moderation.pause();
    const all = Array.from({ length: 400 }, (_, each) => `post ${each}`);
    for (const text of all) post(text);
    const gone = town.general.messages.keys().toArray()[300]!;
    town.server.world.remove(town.general, gone);
    await new Promise((resolve) => setImmediate(resolve));
    resume();
    await until(() => moderation.received.length >= 399 && moderation.removed.length > 0);
    expect(texts().toSorted()).toEqual(all.filter((text) => text !== 'post 300').toSorted());
  });

  it('a guild that removed the bot meanwhile is purged, those in an outage, of other shards and of other bots are not', async () => {
    const { server } = town;
    await connector.stop();
    const second = server.world.addGuild('Second');
    server.world.guilds.delete(second.id);
    moderation.guilds.set(second.id, server.world.bot.id);
    moderation.guilds.set('123', 'another application');
    await come();
    await until(() => moderation.purged.length > 0);
    await connector.stop();
    expect(moderation.purged).toEqual([{ platform: 'discord', community: second.id }]);
    expect([...moderation.guilds.keys()]).toEqual([town.guild.id, '123']);

    // A guild that the session forgot but that Discord still shows the bot.
    const hidden = server.world.addGuild('Hidden');
    server.gateway.hidden.add(hidden.id);
    moderation.guilds.set(hidden.id, server.world.bot.id);
    await come();
    post('heard');
    await until(() => texts().includes('heard') && asked(`/guilds/${hidden.id}`) > 0);
    await connector.stop();
    expect(moderation.purged).toHaveLength(1);
  });
});
