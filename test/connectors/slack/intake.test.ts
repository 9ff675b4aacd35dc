import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dateOf } from '../../../src/connectors/slack/timestamp.ts';
import { MemoryCommunity } from '../discord/memory-community.ts';
import type { Json } from '../discord/server/json.ts';
import { openSlackTown, until } from './town.ts';
import type { SlackMode, SlackTown } from './town.ts';

describe.each<SlackMode>(['socket', 'http'])('what happens on Slack (%s)', (mode) => {
  let town: SlackTown;
  let moderation: MemoryCommunity;
  let connector: ReturnType<SlackTown['connect']>;
  beforeEach(async () => {
    town = await openSlackTown(mode);
    moderation = new MemoryCommunity();
    connector = town.connect(moderation.asModeration());
    await connector.start();
  });
  afterEach(async () => {
    await connector.stop();
    await town.close();
  });

  const say = (text: string, more: Json = {}) =>
    town.server.world.post(town.team, town.general, town.member, text, more);
  const texts = (): string[] => moderation.received.map(({ text }) => text);
  /** Whatever was said before is handled by then. */
  async function heardAll(): Promise<void> {
    await until(() => town.server.delivery.pending === 0);
    say('last of all');
    await until(() => texts().at(-1) === 'last of all');
  }

  it('leaves out bots, joins, direct messages and channels without the bot', async () => {
    const { server, team, member, general } = town;
    const { world } = server;
    say('from a bot', { bot_id: 'B9' });
    say('has joined', { subtype: 'channel_join' });
    say('a new topic', { subtype: 'channel_topic' });
    world.post(team, world.directOf(team, member.id), member, 'for the app alone');
    world.post(team, world.addChannel(team, 'other', { invited: false }), member, 'not invited');
    await server.emit(team, { type: 'reaction_added', user: member.id, item: { channel: general.id } });
    await heardAll();
    expect(texts()).toEqual(['last of all']);
  });

  it('takes private channels, replies, broadcast replies, captions and what /me says', async () => {
    const { server, team, member } = town;
    const closed = server.world.addChannel(team, 'closed', { private: true });
    const { ts } = server.world.post(team, closed, member, 'in private');
    server.world.post(team, closed, member, 'a reply', { thread_ts: ts });
    server.world.post(team, closed, member, 'for all', { thread_ts: ts, subtype: 'thread_broadcast' });
    say('a caption', { subtype: 'file_share', files: [{ id: 'F1' }, { id: 'F2' }] });
    say('waves', { subtype: 'me_message' });
    await heardAll();
    expect(texts()).toEqual(['in private', 'a reply', 'for all', 'a caption', 'waves', 'last of all']);
    expect(moderation.received[3]!.attachments).toBe(2);
    const { link } = moderation.received[1]!;
    const reply = [...closed.messages.keys()][1]!;
    expect(link).toBe(
      `https://town.slack.com/archives/${closed.id}/p${reply.replace('.', '')}?thread_ts=${ts}&cid=${closed.id}`,
    );
  });

  it('reads blocks as members do, forwarded posts, and no previews', async () => {
    const part = (type: string, more: Json): Json => ({ type, ...more });
    const section = [
      part('text', { text: 'Look ' }),
      part('user', { user_id: 'U1' }),
      part('emoji', { name: 'thumbsup', unicode: '1f44d' }),
      part('link', { url: 'https://example.com', text: ' here' }),
    ];
    const list = part('rich_text_list', {
      elements: [part('rich_text_section', { elements: [part('text', { text: 'one' })] })],
    });
    const elements = [part('rich_text_section', { elements: section }), list];
    say('plain', { blocks: [{ type: 'rich_text', elements }] });
    say('seen?', { attachments: [{ from_url: 'https://x.example', text: 'a preview' }] });
    say('see', { attachments: [{ is_share: true, text: 'a &lt;forwarded&gt; post' }] });
    await heardAll();
    expect(texts()).toEqual(['Look <@U1>👍 here\none', 'seen?', 'see\na <forwarded> post', 'last of all']);
  });

  it('takes no preview, count or pin for an edit', async () => {
    const { server, team, general } = town;
    const { ts } = say('with a link');
    await until(() => moderation.received.length === 1);
    server.world.edit(team, general, ts, { unedited: true, attachments: [{ from_url: 'https://x', text: 'x' }] });
    server.world.edit(team, general, ts, { text: 'edited' });
    await until(() => moderation.received.length === 2);
    server.world.edit(team, general, ts, { unedited: true, attachments: [{ from_url: 'https://y', text: 'y' }] });
    await heardAll();
    expect(texts()).toEqual(['with a link', 'edited', 'last of all']);
  });

  it('orders two edits of the same second by when each was told', async () => {
    const { server, team, general, member } = town;
    const message = { type: 'message', user: member.id, ts: '1700000000.000100' };
    const edit = (text: string, at: string): Json => ({
      type: 'message',
      subtype: 'message_changed',
      channel: general.id,
      channel_type: 'channel',
      ts: at,
      event_ts: at,
      message: { ...message, text, edited: { user: member.id, ts: '1700000050.000000' } },
    });
    await server.emit(team, edit('second', '1700000050.000200'));
    await until(() => moderation.received.length === 1);
    await server.emit(team, edit('first', '1700000050.000100'));
    await heardAll();
    expect(texts()).toEqual(['second', 'last of all']);
  });

  it('takes the stone of an answered post for its deletion', async () => {
    const { server, team, general } = town;
    const { ts } = say('answered');
    say('an answer', { thread_ts: ts });
    await until(() => moderation.received.length === 2);
    server.world.remove(team, general, ts);
    await until(() => moderation.removed.length === 1);
    expect(moderation.removed[0]!.message).toBe(ts);
  });

  it('hears an event once, however often and in whatever envelope it is told', async () => {
    const { server, team, general, member } = town;
    const event = { type: 'message', channel: general.id, channel_type: 'channel', user: member.id, text: 'once' };
    const body = server.bodyOf(team, { ...event, ts: '1700000000.000200' });
    for (const again of [body, body, { ...body, event_id: 'EvOTHER' }]) await server.delivery.event(again);
    await heardAll();
    expect(texts()).toEqual(['once', 'last of all']);
  });

  it('takes a retry of what it could not take the first time', async () => {
    const { server, team, general, member } = town;
    server.faults.next(/auth.test/, { refuse: 'account_inactive' });
    const other = server.world.addTeam('Later');
    const event = { type: 'message', channel: general.id, channel_type: 'channel', user: member.id, text: 'hello' };
    const body = server.bodyOf(team, { ...event, ts: '1700000000.000300' });
    await server.delivery.event({ ...body, authorizations: [{ team_id: other.id }] });
    await server.delivery.event(body);
    await heardAll();
    expect(texts()).toEqual(['hello', 'last of all']);
    server.faults.always(null);
  });

  it('survives events that are not as Slack writes them', async () => {
    const { server, team, general } = town;
    const odd: unknown[] = [
      { type: 'message', channel: 7 },
      { type: 'message', channel: general.id, ts: 'x', user: 5, text: {} },
      { type: 'message', subtype: 'message_changed', channel: general.id, message: null },
      { type: 'message', subtype: 'message_deleted', channel: general.id },
      {
        type: 'message',
        channel: general.id,
        ts: '1.2',
        user: 'U1',
        text: 'x',
        blocks: [null, 5, { type: 'rich_text' }],
      },
    ];
    for (const event of odd) await server.emit(team, event as Json);
    await heardAll();
    expect(texts().at(-1)).toBe('last of all');
  });

  it('reads what it missed from history: posts, replies to old posts, edits and deletions', async () => {
    const { server, team, general } = town;
    const { world } = server;
    const old = say('an old post');
    const flagged = say('those people are all the same');
    const doomed = say('those people are all the same!');
    await until(() => moderation.received.length === 3);
    await connector.stop();
    say('missed');
    say('a missed reply', { thread_ts: old.ts });
    world.edit(team, general, flagged.ts, { text: 'those people are all alike' });
    world.remove(team, general, doomed.ts);
    await until(() => server.delivery.pending === 0);
    server.historyPage = 2;
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await until(() => texts().includes('a missed reply'));
    expect(texts()).toContain('missed');
    await until(() => texts().includes('those people are all alike'));
    expect(texts().filter((text) => text === 'those people are all the same!')).toHaveLength(1);
  });

  it('reads what the first outage missed, though nothing was ever posted before it', async () => {
    await until(() => moderation.everywhere !== null);
    await connector.stop();
    const { ts } = say('missed');
    await until(() => town.server.delivery.pending === 0);
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await until(() => texts().includes('missed'));
    await until(() => moderation.everywhere!.getTime() >= dateOf(ts).getTime());
  });

  it('tells an edit of an older post that was made in the outage', async () => {
    const { server, team, general } = town;
    const old = say('an old post', { at: Date.now() - 3_600_000 });
    await until(() => moderation.received.length === 1);
    await connector.stop();
    server.world.edit(team, general, old.ts, { text: 'another wording' });
    await until(() => server.delivery.pending === 0);
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await until(() => texts().includes('another wording'));
  });

  it('takes posts in while history is slow, and forgets no gap over them', async () => {
    const { server } = town;
    say('before');
    await until(() => moderation.received.length === 1);
    await until(() => moderation.everywhere !== null);
    await connector.stop();
    const before = moderation.everywhere!;
    say('missed');
    await until(() => server.delivery.pending === 0);
    server.faults.next(/conversations.history/, 'limited');
    connector = town.connect(moderation.asModeration());
    await connector.start();
    say('live');
    await until(() => texts().includes('live'));
    expect(texts()).not.toContain('missed');
    expect(moderation.everywhere).toEqual(before);
    await until(() => texts().includes('missed') && moderation.everywhere! > before);
  });

  it('forgets no gap that another one opens while it is read', async () => {
    const { server, member } = town;
    const { socket, faults } = server;
    if (mode === 'http') return;
    say('before');
    await until(() => moderation.received.length === 1);
    await connector.stop();
    const before = moderation.everywhere!;
    const missed = say('missed');
    await until(() => server.delivery.pending === 0);
    faults.next(/users.conversations/, 'limited');
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await until(() => socket.connections === 2);
    socket.drop();
    const late = server.world.post(town.team, town.general, member, 'said to no one', { silent: true });
    await until(() => texts().includes('said to no one'));
    expect(texts()).toContain('missed');
    await until(() => moderation.everywhere!.getTime() >= dateOf(late.ts).getTime());
    expect(before.getTime()).toBeLessThanOrEqual(dateOf(missed.ts).getTime());
  });
});
