import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/runtime/secrets.ts';
import { createEmbedded } from '../database.ts';
import { until } from '../connectors/slack/town.ts';
import type { SlackTown } from '../connectors/slack/town.ts';
import { lentToken, openSlackCommunity, settledView, wordsOf } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

describe.each(['socket', 'http'] as const)('a moderator on Slack over %s', (mode) => {
  let community: SlackCommunity;
  beforeAll(async () => {
    community = await openSlackCommunity(createEmbedded, mode);
  });
  afterAll(() => community.stop());

  const shows = (ts: string, words: string) => until(() => wordsOf(community.cardAt(ts)).includes(words));

  test('gets a card with what was said, the score, and a way to the post', async () => {
    const { card, post } = await community.flag('en: They are *all* the same 90% <!here> https://evil.example');
    const words = wordsOf(card);
    for (const said of ['High', 'English', '0.90', 'They are *all* the same', 'Waits for a moderator.', 'Adapter en'])
      expect(words).toContain(said);
    const raw = JSON.stringify(card.blocks);
    expect(raw).toContain(`https://town.slack.com/archives/${community.general.id}/p${post.ts.replace('.', '')}`);
    expect(raw).not.toContain('<!here>');
    // Nobody lent a token to delete with.
    expect(raw).not.toContain('v1:delete');
    expect(card.text).not.toContain('same');
  });

  test('answers with a click, and the card says so', async () => {
    const { card, flag } = await community.flag('words 80%');
    await community.click(community.moderator, card, 'Not polarized').acked;
    await shows(card.ts, 'Not polarized, says');
    expect(await community.case(flag)).toMatchObject({
      state: 'decided',
      decision: 'not_polarized',
      labels: [{ moderator: community.moderator.id, answer: 'not_polarized' }],
    });
  });

  test('takes an answer back', async () => {
    const { card, flag } = await community.flag('words 81%');
    await community.click(community.moderator, card, 'Polarized').acked;
    await until(() => JSON.stringify(community.cardAt(card.ts)).includes('v1:undo'));
    const undone = community.click(community.moderator, community.cardAt(card.ts), 'Undo');
    expect(wordsOf(await undone.replied)).toContain('taken back');
    expect((await community.case(flag)).labels).toEqual([]);
  });

  test('says more than yes or no in a form', async () => {
    const { card, flag } = await community.flag('words 82%');
    const form = await settledView(community.click(community.moderator, card, 'Relabel…'));
    const values = {
      answer: 'polarized',
      targets: ['religious'],
      manifestations: ['stereotype', 'vilification'],
      note: 'again <!channel>',
    };
    expect(await community.submit(community.moderator, form, values).acked).toBeNull();
    await shows(card.ts, 'Stereotype');
    expect((await community.case(flag)).labels).toMatchObject([values]);
    expect(JSON.stringify(community.cardAt(card.ts))).not.toContain('<!channel>');
  });

  test('is one of two: the first claims, the second is another opinion', async () => {
    const { card, flag } = await community.flag('words 83%');
    await Promise.all([
      community.click(community.moderator, card, 'Polarized').acked,
      community.click(community.admin, card, 'Not polarized').acked,
    ]);
    await shows(card.ts, 'Undecided');
    const { labels, decision } = await community.case(flag);
    expect(labels).toHaveLength(2);
    expect(decision).toBe('undecided');
  });

  test('is told why, what was said before, and asks others', async () => {
    community.server.world.post(community.team, community.general, community.moderator, 'calm & kind words before');
    const { card, flag } = await community.flag('words 84%');
    expect(wordsOf(await community.click(community.moderator, card, 'Why?').replied)).toContain('What drove the score');
    const context = await community.click(community.moderator, card, 'Context').replied;
    expect(wordsOf(context)).toMatch(/calm & kind words before[\s\S]*words 84%/);
    const form = await settledView(community.click(community.moderator, card, 'Escalate'));
    await community.submit(community.moderator, form, { reason: 'not sure' }).acked;
    await shows(card.ts, 'Escalated by');
    expect(await community.case(flag)).toMatchObject({ escalation: { reason: 'not sure' } });
  });

  test('is shown nothing of a channel that they are not in', async () => {
    const secret = community.server.world.addChannel(community.team, 'secret', { private: true });
    secret.members.add(community.member.id);
    community.server.world.post(community.team, secret, community.member, 'between us');
    const { card } = await community.flag('words 85%', { channel: secret });
    const told = await community.click(community.moderator, card, 'Context').replied;
    expect(wordsOf(told)).toContain(`You are not in <#${secret.id}>`);
    expect(wordsOf(told)).not.toContain('between us');
  });

  test('sees an edit on the card, and its text gone with the post', async () => {
    const { card, post } = await community.flag('edited words 86%');
    community.server.world.edit(community.team, community.general, post.ts, { text: 'other words 95%' });
    await shows(card.ts, 'other words 95%');
    expect(wordsOf(community.cardAt(card.ts))).toContain('Edited since');
    community.server.world.remove(community.team, community.general, post.ts);
    await shows(card.ts, 'Removed');
    expect(wordsOf(community.cardAt(card.ts))).not.toContain('other words');
    expect(JSON.stringify(community.cardAt(card.ts))).not.toContain('v1:polarized');
  });

  test('of a reply is led to the reply, and shown what it answers', async () => {
    const parent = community.server.world.post(community.team, community.general, community.moderator, 'what of it?');
    const { card } = await community.flag('reply 87%', { thread: parent.ts });
    expect(JSON.stringify(card.blocks)).toContain(`thread_ts=${parent.ts}`);
    expect(wordsOf(await community.click(community.moderator, card, 'Context').replied)).toContain('what of it?');
  });

  test('who is none is told so, and who may', async () => {
    const { card, flag } = await community.flag('words 88%');
    for (const button of ['Polarized', 'Why?', 'Context'])
      expect(wordsOf(await community.click(community.member, card, button).replied)).toBe(
        `Only moderators can do this.\nModerators here are the members of <#${community.review.id}>.`,
      );
    const refused = await settledView(community.click(community.member, card, 'Relabel…'));
    expect(wordsOf(refused)).toContain('Only moderators');
    expect((await community.case(flag)).labels).toEqual([]);
  });

  test('who left the review channel since the form was opened is refused, and told so in a direct message', async () => {
    const { team, review, server } = community;
    const guest = server.world.addUser(team, 'Gil');
    review.members.add(guest.id);
    // What Slack said of who is where is kept for half a minute.
    const now = performance.now.bind(performance);
    let ahead = 31_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    try {
      const { card, flag } = await community.flag('words 89%');
      const form = await settledView(community.click(guest, card, 'Relabel…'));
      review.members.delete(guest.id);
      ahead *= 2;
      await community.submit(guest, form, { answer: 'polarized' }).acked;
      const direct = server.world.directOf(team, guest.id);
      await until(() => direct.messages.size > 0);
      expect(wordsOf([...direct.messages.values()][0]!)).toContain('Only moderators can do this.');
      expect((await community.case(flag)).labels).toEqual([]);
    } finally {
      clock.mockRestore();
    }
  });

  test('with the id of another workspace’s flag changes nothing and is told', async () => {
    const other = { platform: 'slack', community: 'T9990000000' } as const;
    await community.moderation.changeSettings(other, { mode: 'review' }, 'test');
    const post = {
      ...other,
      channel: 'C9',
      message: '1700000000.000100',
      revision: 0,
      author: 'U9',
      text: 'theirs 90%',
    };
    await community.moderation.receive([{ ...post, postedAt: new Date() }]);
    await until(async () => (await community.moderation.queue({ community: other })).length > 0);
    const [theirs] = await community.moderation.queue({ community: other });
    const { card } = await community.flag('words 91%');
    for (const flag of [theirs!.flag, 'not-a-flag', "'; --", '']) {
      const tampered = structuredClone(card);
      const text = JSON.stringify(tampered.blocks).replaceAll(/"value":"[^"]*"/g, `"value":${JSON.stringify(flag)}`);
      const told = community.click(community.moderator, { ...tampered, blocks: JSON.parse(text) as [] }, 'Polarized');
      expect(wordsOf(await told.replied)).toContain('No case begins with');
    }
    expect((await community.moderation.case(other, theirs!.flag))!.labels).toEqual([]);
  });
});

describe('a moderator on Slack, where an administrator lent a token', () => {
  let community: SlackCommunity;
  beforeAll(async () => {
    const more = (town: SlackTown) => ({ userToken: new Secret(lentToken(town)) });
    community = await openSlackCommunity(createEmbedded, 'socket', { more });
  });
  afterAll(() => community.stop());

  test('deletes a post in the name of that administrator', async () => {
    const { card, post, flag } = await community.flag('words 80%');
    expect(JSON.stringify(card.blocks)).toContain(`in the name of <@${community.admin.id}>`);
    const told = await community.click(community.moderator, card, 'Delete').replied;
    expect(wordsOf(told)).toBe(`The post was deleted in the name of <@${community.admin.id}>.`);
    expect(community.general.messages.has(post.ts)).toBe(false);
    await until(() => wordsOf(community.cardAt(card.ts)).includes('Removed'));
    expect(await community.case(flag)).toMatchObject({ state: 'removed', text: null });
  });

  test('of the group that cards ping may answer without being in the channel, as long as Slack says so', async () => {
    const { server, team, member, moderation, address } = community;
    const group = server.world.addGroup(team, 'mods', [member.id]);
    const notify = { role: group.id, minimumBand: 'high', perHour: 3, quiet: null } as const;
    await moderation.changeSettings(address, { notify }, 'test');
    const { card, flag } = await community.flag('words 99%');
    expect(JSON.stringify(card.blocks)).toContain(`<!subteam^${group.id}>`);
    await community.click(member, card, 'Polarized').acked;
    await until(async () => (await community.case(flag)).labels.length === 1);
    await until(() => wordsOf(community.cardAt(card.ts)).includes('Polarized, says'));
    expect(JSON.stringify(community.cardAt(card.ts).blocks)).not.toContain('subteam');
  });

  test('about whom Slack does not answer may do nothing', async () => {
    const { card, flag } = await community.flag('words 81%');
    community.server.faults.always((method) => (method === 'users.info' ? 'error' : null));
    const told = await community.click(community.admin, card, 'Polarized').replied;
    community.server.faults.always(null);
    expect(wordsOf(told)).toContain('Slack did not say whether you may do this');
    expect((await community.case(flag)).labels).toEqual([]);
  });
});
