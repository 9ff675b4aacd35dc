import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/runtime/log.ts';
import type { Json } from '../connectors/discord/server/json.ts';
import { nextTs } from '../connectors/slack/server/timestamps.ts';
import type { SlackUser } from '../connectors/slack/server/world.ts';
import { until } from '../connectors/slack/town.ts';
import { createEmbedded } from '../database.ts';
import { openSlackCommunity, settledView, wordsOf } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

/** Payloads with only what cannot be done without, and payloads that were changed under way. */
describe('Slack that says the least', () => {
  let community: SlackCommunity;
  let newcomer: SlackUser;
  let written = '';
  beforeAll(async () => {
    const log = createLogger({ level: 'debug', format: 'json', write: (line) => (written += line) });
    community = await openSlackCommunity(createEmbedded, 'http', () => ({ log }));
    newcomer = community.server.world.addUser(community.team, 'Neo');
    community.review.members.add(newcomer.id);
  });
  afterAll(() => community.stop());
  afterEach(() => community.server.lacking.clear());

  const interact = (payload: Json) => community.server.delivery.interaction('interactive', payload);
  const whispered = async (user: SlackUser, before = community.server.ephemerals.length): Promise<string> => {
    await until(() => community.server.ephemerals.slice(before).some((each) => each.user === user.id));
    return wordsOf(community.server.ephemerals.slice(before).find((each) => each.user === user.id)!.message);
  };
  const press = (user: SlackUser, flag: string, more: Json = {}) =>
    interact({
      type: 'block_actions',
      user: { id: user.id },
      channel: { id: community.review.id },
      trigger_id: nextTs(),
      actions: [{ type: 'button', action_id: 'v1:polarized', value: flag }],
      ...more,
    });

  test('has its posts taken in without a workspace, an event id or a kind of channel', async () => {
    const { server, general, member, cards, moderation, address } = community;
    const event = { type: 'message', channel: general.id, user: member.id, text: 'bare words 90%', ts: nextTs() };
    expect(await server.delivery.event({ type: 'event_callback', event })).toBe(true);
    await until(() => cards().some((card) => wordsOf(card).includes('bare words')));
    expect(await moderation.find({ ...address, channel: general.id, message: event.ts })).not.toBeNull();
    const said = { ...event, channel: 'D0DIRECT000', text: 'in private 90%', ts: nextTs() };
    await server.delivery.event({ type: 'event_callback', event: said });
    await community.settle();
    expect(await moderation.find({ ...address, channel: said.channel, message: said.ts })).toBeNull();
  });

  test('has clicks, commands, menus and forms answered, where an answer can go', async () => {
    const { moderator, member, general, flag, server } = community;
    const first = await flag('words 80%');
    await press(moderator, first.flag);
    await until(async () => (await community.case(first.flag)).labels.length === 1);

    const before = server.ephemerals.length;
    await server.delivery.interaction('slash_commands', {
      command: '/keel',
      user_id: member.id,
      channel_id: general.id,
    });
    expect(await whispered(member, before)).toContain('/keel');

    const { post } = await flag('words 81%');
    const asked = server.ephemerals.length;
    const user = { id: moderator.id };
    const menu = { type: 'message_action', callback_id: 'check_polarization', user, channel: { id: general.id } };
    await interact({ ...menu, message_ts: post.ts });
    expect(await whispered(moderator, asked)).toContain('0.81');

    const second = await flag('words 82%');
    const view = { callback_id: 'v1:relabel', private_metadata: JSON.stringify({ ids: [second.flag], channel: null }) };
    expect(await interact({ type: 'view_submission', user, view })).toBeNull();
    const answer = { selected_option: { value: 'polarized' } };
    const state = { values: { answer: { answer }, odd: null, note: { note: null } } };
    await interact({ type: 'view_submission', user, view: { ...view, state } });
    await until(async () => (await community.case(second.flag)).labels.length === 1);
    // A form without an answer is none.
    expect((await community.case(second.flag)).labels).toMatchObject([{ answer: 'polarized' }]);
  });

  test.each<[string, Json]>([
    ['no user', { type: 'block_actions', actions: [{ action_id: 'v1:polarized' }] }],
    ['no action', { type: 'block_actions', user: { id: 'U1' }, actions: [] }],
    ['a list of nothing', { type: 'block_actions', user: { id: 'U1' }, actions: [null, 5] }],
    ['no channel', { type: 'message_action', callback_id: 'relabel', user: { id: 'U1' } }],
    ['a message that is none', { type: 'message_action', callback_id: 'relabel', user: null, message: 'x' }],
    ['no view', { type: 'view_submission', user: { id: 'U1' } }],
    ['an empty view', { type: 'view_submission', user: { id: 'U1' }, view: {} }],
    ['metadata that is none', { type: 'view_submission', user: { id: 'U1' }, view: { private_metadata: 7 } }],
    ['no type', { user: { id: 'U1' } }],
  ])('is acknowledged and not answered with %s', async (_what, payload) => {
    await interact(payload);
    await press(community.member, 'not-a-flag');
    expect(community.server.delivery.failures).toEqual([]);
  });

  test('and knows the least, is told of once, and the rest goes on', async () => {
    const { server, moderator, member, team, command, moderation, address } = community;
    const { card, flag } = await community.flag('words 83%');
    for (const method of [
      'views.publish',
      'users.info',
      'conversations.info',
      'usergroups.list',
      'users.conversations',
    ])
      server.lacking.add(method);
    server.lacking.add('usergroups.users.list');
    const notify = { role: 'S0GROUP', minimumBand: 'high', perHour: 1, quiet: null } as const;
    await moderation.changeSettings(address, { notify }, 'test');
    await community.click(newcomer, card, 'Polarized').acked;
    await until(async () => (await community.case(flag)).labels.length === 1);
    for (const user of [newcomer, moderator])
      await server.emit(team, { type: 'app_home_opened', user: user.id, channel: 'D1', tab: 'home' });
    expect(wordsOf(await settledView(command(moderator, 'setup')))).toContain('Only administrators');
    expect(wordsOf(await command(member, 'privacy show').replied)).not.toBe('');
    const told = (method: string): number => written.split(`"method":"${method}"`).length - 1;
    await until(() => told('views.publish') > 0);
    expect([told('views.publish'), told('users.info')]).toEqual([1, 1]);
    await moderation.changeSettings(address, { notify: { ...notify, role: null } }, 'test');
  });

  test('is answered in its own channel where the address for answers is a stranger’s', async () => {
    let asked = 0;
    const spy = createServer((_request, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await until(() => spy.listening);
    const { port } = spy.address() as AddressInfo;
    const { review, moderator, server } = community;
    for (const address of [`http://127.0.0.1:${port}/x`, 'https://hooks.slack.com.evil.example/x', 'no address']) {
      const before = server.ephemerals.length;
      await press(moderator, 'not-a-flag', { response_url: address });
      expect(await whispered(moderator, before)).toContain('No case begins with');
      expect(server.ephemerals.at(-1)!.channel).toBe(review.id);
    }
    expect(asked).toBe(0);
    spy.close();
  });

  test('changes nothing with metadata or places of another workspace', async () => {
    const { moderation, moderator, server, team, general } = community;
    const other = server.world.addTeam('Elsewhere');
    const square = server.world.addChannel(other, 'square');
    const theirs = server.world.post(other, square, server.world.addUser(other, 'Eve'), 'their words 90%');
    const there = { platform: 'slack', community: other.id } as const;
    await moderation.changeSettings(there, { mode: 'review' }, 'test');
    const post = { ...there, channel: square.id, message: theirs.ts, revision: 0, author: 'U9', text: 'theirs 90%' };
    await moderation.receive([{ ...post, postedAt: new Date() }]);
    await until(async () => (await moderation.queue({ community: there })).length > 0);
    const [flagged] = await moderation.queue({ community: there });
    const user = { id: moderator.id };
    const before = (await moderation.queue({ community: community.address, limit: 500 })).length;

    const state = { values: { answer: { answer: { selected_option: { value: 'polarized' } } } } };
    const whispers = server.ephemerals.length;
    const ids = { relabel: [flagged!.flag], escalate: [flagged!.flag], 'relabel-post': [square.id, theirs.ts, ''] };
    for (const [action, each] of Object.entries({ ...ids, report: [square.id, theirs.ts, ''] })) {
      const view = { type: 'modal', callback_id: `v1:${action}`, state };
      const metadata = JSON.stringify({ ids: each, channel: general.id });
      await interact({
        type: 'view_submission',
        team: { id: team.id },
        user,
        view: { ...view, private_metadata: metadata },
      });
    }
    await until(() => server.ephemerals.length === whispers + 4);
    // As if it were clicked there, where the app is not installed.
    await press(moderator, flagged!.flag, { team: { id: other.id } });
    await interact({
      type: 'message_action',
      callback_id: 'relabel',
      team: { id: team.id },
      user,
      channel: { id: square.id },
      message: { ts: theirs.ts, text: 'their words 90%' },
    });
    await press(moderator, 'not-a-flag');
    await until(() => server.ephemerals.length === whispers + 5);
    expect(await moderation.case(there, flagged!.flag)).toMatchObject({ labels: [], escalation: null });
    expect(await moderation.queue({ community: community.address, limit: 500 })).toHaveLength(before);
    expect(server.violations).toEqual([]);
  });
});
