import { ChannelType, MessageReferenceType, MessageType } from 'discord.js';
import type { APIMessage } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '../../../src/connectors/connector.ts';
import { MemoryCommunity } from './memory-community.ts';
import { snowflakeAt } from './server/snowflake.ts';
import { userOf } from './server/guild-world.ts';
import { openTown, until } from './town.ts';
import type { Town } from './town.ts';

describe('what happens on Discord', () => {
  let town: Town;
  let moderation: MemoryCommunity;
  let connector: Connector;

  beforeEach(async () => {
    town = await openTown();
    moderation = new MemoryCommunity();
    connector = town.connect(moderation.asModeration());
  });
  afterEach(async () => {
    await connector.stop();
    await town.close();
  });

  const post = (text: string, more: Partial<APIMessage> = {}) =>
    town.server.world.post(town.general, town.member, text, more);
  const texts = () => moderation.received.map(({ text }) => text);
  /** Waits for a post that is delivered after everything before it. */
  const heard = async () => {
    post('the end');
    await until(() => texts().includes('the end'));
    return moderation.received.slice(0, -1);
  };

  it('arrives with its place, author, roles and link', async () => {
    await connector.start();
    const { guild, general, member } = town;
    const { id } = post('Good morning', { attachments: [{ id: '1' }] as APIMessage['attachments'] });
    expect(await heard()).toEqual([
      {
        platform: 'discord',
        community: guild.id,
        channel: general.id,
        message: id,
        revision: 0,
        author: member.id,
        authorRoles: [],
        text: 'Good morning',
        postedAt: expect.any(Date),
        link: `https://discord.com/channels/${guild.id}/${general.id}/${id}`,
        attachments: 1,
      },
    ]);
  });

  it('counts only where people wrote it', async () => {
    await connector.start();
    const { world } = town.server;
    world.post(town.general, userOf('Another bot', true), 'from a bot');
    world.post(town.general, world.bot, 'from ourselves');
    post('from a webhook', { webhook_id: '99' });
    post('joined', { type: MessageType.UserJoin });
    post('', { embeds: [{ title: 'an embed', description: 'its text' }] });
    post('a reply', { type: MessageType.Reply });
    post('', {
      message_reference: { type: MessageReferenceType.Forward },
      message_snapshots: [{ message: { content: 'a forward', embeds: [], attachments: [] } }],
    } as unknown as Partial<APIMessage>);
    expect((await heard()).map(({ text }) => text)).toEqual(['a reply', 'a forward']);
  });

  it('in a thread or forum post belongs to its channel and category', async () => {
    const { world } = town.server;
    const category = world.addChannel(town.guild, 'Squares', { type: ChannelType.GuildCategory });
    const forum = world.addChannel(town.guild, 'forum', { type: ChannelType.GuildForum, parent: category.id });
    await connector.start();
    const thread = world.addChannel(town.guild, 'a question', { type: ChannelType.PublicThread, parent: forum.id });
    world.emit(town.guild.id, 'THREAD_CREATE' as never, {
      id: thread.id,
      guild_id: town.guild.id,
      type: ChannelType.PublicThread,
      parent_id: forum.id,
    });
    world.post(thread, town.member, 'in a forum post');
    await until(() => moderation.received.length === 1);
    expect(moderation.received[0]).toMatchObject({ channel: thread.id, parent: forum.id, category: category.id });
  });

  it('is a new revision where it was edited, and none where only an embed came', async () => {
    await connector.start();
    const { id } = post('one');
    town.server.world.edit(town.general, id, { content: 'two' });
    const embedded = { ...town.general.messages.get(id)!, embeds: [{ title: 'a preview' }] };
    town.server.world.emit(town.guild.id, 'MESSAGE_UPDATE' as never, { ...embedded, guild_id: town.guild.id });
    const delivered = await heard();
    expect(delivered.map(({ text }) => text)).toEqual(['one', 'two']);
    expect(delivered[1]!.revision).toBe(Date.parse(embedded.edited_timestamp!));
  });

  it('is taken back one by one and all at once', async () => {
    await connector.start();
    const ids = ['one', 'two', 'three'].map((text) => post(text).id);
    town.server.world.remove(town.general, ids[0]!);
    town.server.world.remove(town.general, ids[1]!, ids[2]!);
    await until(() => moderation.removed.length === 3);
    const { guild, general } = town;
    expect(moderation.removed).toEqual(
      ids.map((message) => ({ platform: 'discord', community: guild.id, channel: general.id, message })),
    );
  });

  it('is stored in its order, though the database was away for a moment', async () => {
    await connector.start();
    post('first');
    await until(() => moderation.received.length === 1);
    moderation.failNext = true;
    for (const text of ['second', 'third', 'fourth']) post(text);
    await heard();
    expect(texts()).toEqual(['first', 'second', 'third', 'fourth', 'the end']);
  });

  it('is resumed after a lost connection without asking history', async () => {
    await connector.start();
    post('before');
    town.server.gateway.disconnect();
    post('while away');
    await heard();
    expect(texts()).toEqual(['before', 'while away', 'the end']);
    expect(town.server.gateway.counts).toMatchObject({ identify: 1, resume: 1 });
    expect(town.server.requests.filter((each) => each.includes('/messages'))).toEqual([]);
  });

  it('is resumed when Discord asks to reconnect', async () => {
    await connector.start();
    town.server.gateway.askToReconnect();
    post('while it leaves');
    await until(() => town.server.gateway.counts.resume === 1);
    await heard();
    expect(texts()).toEqual(['while it leaves', 'the end']);
    expect(town.server.gateway.counts).toMatchObject({ identify: 1, resume: 1 });
  });

  it('is delivered once more and late without harm', async () => {
    await connector.start();
    post('one');
    post('two');
    town.server.gateway.repeat(2);
    await heard();
    expect(texts().toSorted()).toEqual(['one', 'the end', 'two']);
  });

  it('is read from history, oldest first, where the session could not be resumed', async () => {
    await connector.start();
    post('before');
    await until(() => moderation.received.length === 1);
    town.server.gateway.invalidate();
    for (let each = 0; each < 150; each += 1) post(`missed ${each}`);
    await until(() => town.server.gateway.counts.identify === 2);
    await heard();
    expect(texts()).toEqual(['before', ...Array.from({ length: 150 }, (_, each) => `missed ${each}`), 'the end']);
  });

  it('is read from history after a restart, from the newest known post on', async () => {
    await connector.start();
    post('before');
    await until(() => moderation.received.length === 1);
    await connector.stop();
    const deaf = town.server.world.addChannel(town.guild, 'closed', {
      overwrites: [{ id: town.guild.id, type: 0, allow: '0', deny: '1024' }],
    });
    town.server.world.post(deaf, town.member, 'not for the bot');
    const missed = post('missed');
    town.server.world.edit(town.general, missed.id, { content: 'missed and edited' });
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await heard();
    expect(texts()).toEqual(['before', 'missed and edited', 'the end']);
    expect(town.server.requests.filter((each) => each.includes(deaf.id))).toEqual([]);
  });

  it('of before the bot came is left alone', async () => {
    post('long ago', { id: snowflakeAt(Date.now() - 86_400_000) });
    await connector.start();
    await heard();
    expect(texts()).toEqual(['the end']);
  });

  it('ends with the bot: a guild that removes it is purged, one that is down is not', async () => {
    await connector.start();
    const { guild, server } = town;
    server.world.emit(guild.id, 'GUILD_DELETE' as never, { id: guild.id, unavailable: true });
    server.world.emit(guild.id, 'GUILD_CREATE' as never, server.world.guildCreate(guild));
    await heard();
    expect(moderation.purged).toEqual([]);
    server.world.emit(guild.id, 'GUILD_DELETE' as never, { id: guild.id });
    await until(() => moderation.purged.length > 0);
    expect(moderation.purged).toEqual([{ platform: 'discord', community: guild.id }]);
  });
});
