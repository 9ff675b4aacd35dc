import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbedded } from '../database.ts';
import { until } from '../connectors/slack/town.ts';
import { openSlackCommunity, settledView, wordsOf } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

describe.each(['socket', 'http'] as const)('beside cards and commands, Slack over %s', (mode) => {
  let community: SlackCommunity;
  beforeAll(async () => {
    community = await openSlackCommunity(createEmbedded, mode);
  });
  afterAll(() => community.stop());

  const write = (text: string, channel = community.general) =>
    community.server.world.post(community.team, channel, community.member, text);

  test('scores a post from its menu, kept or not', async () => {
    const { post } = await community.flag('flagged words 80%');
    const kept = await settledView(community.menu(community.moderator, 'check_polarization', post));
    expect(wordsOf(kept)).toMatch(/the score 0\.80 is at or above/);
    expect(wordsOf(kept)).not.toContain('not stored');
    const { server, team, member } = community;
    const away = server.world.addChannel(team, 'away', { invited: false });
    away.members.add(member.id);
    const foreign = write('never heard 65%', away);
    const asked = await settledView(community.menu(community.moderator, 'check_polarization', foreign, away));
    expect(wordsOf(asked)).toMatch(/0\.65[\s\S]*The text was not stored/);
    const refused = await settledView(community.menu(member, 'check_polarization', post));
    expect(wordsOf(refused)).toContain('Only moderators can do this.');
  });

  test('makes a card of a post that a moderator answers about', async () => {
    const post = write('below the threshold 10%');
    await until(async () => (await community.moderation.find(messageAt(post.ts))) !== null);
    const before = community.cards().length;
    const form = await settledView(community.menu(community.moderator, 'relabel', post));
    await community.submit(community.moderator, form, { answer: 'polarized', targets: ['political'] }).acked;
    await until(() => wordsOf(form).includes('Recorded: Polarized.'));
    await until(() => community.cards().length > before);
    const card = community.cards().at(-1)!;
    await until(() => wordsOf(community.cardAt(card.ts)).includes('Polarized, says'));
    expect(wordsOf(community.cardAt(card.ts))).toContain('Raised by a moderator.');
    const refused = await settledView(community.menu(community.member, 'relabel', post));
    expect(wordsOf(refused)).toContain('Only moderators can do this.');
  });

  test('takes a report from anyone, and shows only moderators who and why', async () => {
    const { server, team } = community;
    const reporter = server.world.addUser(team, 'Rui');
    const post = write('reported words 12%');
    const before = community.cards().length;
    const form = await settledView(community.menu(reporter, 'report_to_moderators', post));
    await community.submit(reporter, form, { reason: 'it is <!here> a threat' }).acked;
    await until(() => wordsOf(form).includes('Thank you. The moderators will look at it'));
    await until(() => community.cards().length > before);
    const card = community.cards().at(-1)!;
    await until(() => wordsOf(community.cardAt(card.ts)).includes('Reported by a member.'));
    expect(wordsOf(community.cardAt(card.ts))).toContain('a threat');
    expect(JSON.stringify(community.cardAt(card.ts))).not.toContain(reporter.id);
    expect(JSON.stringify(community.cardAt(card.ts))).not.toContain('<!here>');
  });

  test('finds a reply that is reported', async () => {
    const parent = write('what do you think? 5%');
    const reply = community.server.world.post(community.team, community.general, community.member, 'reply 6%', {
      thread_ts: parent.ts,
    });
    const before = community.cards().length;
    const form = await settledView(community.menu(community.moderator, 'report_to_moderators', reply));
    await community.submit(community.moderator, form, {}).acked;
    await until(() => community.cards().length > before);
    expect(wordsOf(community.cards().at(-1)!)).toContain('reply 6%');
  });

  test('says why a report cannot be taken', async () => {
    const { server, team, general, member, moderator } = community;
    const report = async (post: ReturnType<typeof write>, channel = general): Promise<string> => {
      const form = await settledView(community.menu(moderator, 'report_to_moderators', post, channel));
      await community.submit(moderator, form, {}).acked;
      await until(() => !['One moment…', ''].includes(wordsOf(form)) && form.data['submit'] === undefined);
      return wordsOf(form);
    };
    const gone = write('gone 90%');
    server.world.remove(team, general, gone.ts);
    expect(await report(gone)).toBe('This post is gone already.');
    const away = server.world.addChannel(team, 'far', { invited: false });
    away.members.add(member.id);
    const where = await report(write('far 90%', away), away);
    expect(where).toContain(`The bot is not in <#${away.id}>. Write \`/invite @Evenkeel\` there`);
    await community.moderation.setOptOut(community.address, member.id, true);
    expect(await report(write('not mine 9%'))).toContain('has chosen not to be processed');
    await community.moderation.setOptOut(community.address, member.id, false);
  });

  test('refuses a form whose fields were tampered with', async () => {
    const post = write('tampered 11%');
    const form = await settledView(community.menu(community.moderator, 'report_to_moderators', post));
    form.data = { ...form.data, private_metadata: '{"ids":[7,null],"channel":{}}' };
    await community.submit(community.moderator, form, {}).acked;
    await until(() => form.data['submit'] === undefined && wordsOf(form) !== 'One moment…');
    expect(wordsOf(form)).not.toContain('Thank you');
  });

  test('has a Home for a member: their data, and appeals', async () => {
    const { member, moderator } = community;
    const { card, flag } = await community.flag('home words 90%');
    await community.click(moderator, card, 'Polarized').acked;
    await until(async () => (await community.case(flag)).decision === 'polarized');
    const home = await community.home(member);
    const words = wordsOf(home);
    expect(words).toContain('Stored about you here');
    expect(words).not.toMatch(/Queue|Settings/);
    const asked = community.clickView(member, home, 'Appeal…');
    const form = await settledView(asked);
    await community.submit(member, form, { reason: 'It was a joke.' }).acked;
    await until(() => wordsOf(form).includes('Your appeal waits for the moderators'));
    await until(() => wordsOf(community.server.desk.homes.get(member.id)!).includes('Your appeal waits'));
    expect(await community.case(flag)).toMatchObject({ appeal: { statement: 'It was a joke.', outcome: null } });
    const optedOut = await settledView(
      community.clickView(member, community.server.desk.homes.get(member.id)!, 'Opt out'),
    );
    expect(wordsOf(optedOut)).toContain('nothing of yours is processed');
    await until(() => wordsOf(community.server.desk.homes.get(member.id)!).includes('Opt in again'));
    await settledView(community.clickView(member, community.server.desk.homes.get(member.id)!, 'Opt in again'));
    await until(() => wordsOf(community.server.desk.homes.get(member.id)!).includes('Opt out'));
    const erase = await settledView(
      community.clickView(member, community.server.desk.homes.get(member.id)!, 'Erase everything'),
    );
    expect(wordsOf(erase)).toContain('erases your texts');
  });

  test('has a Home for moderators: the queue, answered in place, and a picture', async () => {
    const { moderator } = community;
    for (const each of [71, 72, 73, 74]) await community.flag(`waiting number ${each} ${each}%`);
    const home = await community.home(moderator);
    const words = wordsOf(home);
    expect(words).toMatch(/posts wait for a moderator[\s\S]*waiting number 74/);
    expect(words).toMatch(/[▁▂▃▄▅▆▇█]/);
    expect((home.data['blocks'] as unknown[]).length).toBeLessThanOrEqual(100);
    expect(words).toContain('Stored about you here');
    expect(words).not.toContain('/keel retention');
    const pageTwo = community.clickView(moderator, home, 'Next');
    await pageTwo.acked;
    const now = () => wordsOf(community.server.desk.homes.get(moderator.id)!);
    await until(() => now() !== words);
    await community.clickView(moderator, home, 'Not polarized').acked;
    await until(async () =>
      (await community.moderation.queue({ community: community.address })).every(({ text }) => !text!.includes('74')),
    );
    expect(community.server.violations).toEqual([]);
  });

  test('has settings on the Home of administrators, and opens each', async () => {
    const { admin, member, server } = community;
    const home = await community.home(admin);
    for (const verb of [
      'setup',
      'threshold',
      'ignore',
      'mode',
      'language',
      'notify',
      'training',
      'retention',
      'export',
      'model',
      'doctor',
    ]) {
      const view = await settledView(community.clickView(admin, home, `/keel ${verb}`));
      expect(wordsOf(view), verb).not.toMatch(/did not work|Only /);
    }
    // A Home that shows what it should not know: the click is checked again.
    const asMember = { ...home, user: member.id };
    const refused = await settledView(community.clickView(member, asMember, '/keel retention'));
    expect(wordsOf(refused)).toBe('Only administrators can do this.');
    expect(server.violations).toEqual([]);
  });

  test('is laid out for a language that is written from right to left', async () => {
    const { server, team, moderation, address, moderator } = community;
    await moderation.changeSettings(address, { language: 'ar' }, 'test');
    const { card } = await community.flag('both ways 80% (سلام)');
    expect(wordsOf(card)).toMatch(/[\u0600-\u06FF]/);
    expect(wordsOf(card)).toContain('\u2068both ways 80% (سلام)\u2069');
    const form = await settledView(community.click(moderator, card, 'v1:relabel'));
    expect(form.data['title']).toMatchObject({ text: expect.stringMatching(/[\u0600-\u06FF]/) as string });
    await moderation.changeSettings(address, { language: null }, 'test');
    const arabic = server.world.addUser(team, 'Amal', { locale: 'ar' });
    expect(wordsOf(await community.home(arabic))).toMatch(/[\u0600-\u06FF]/);
  });

  function messageAt(message: string) {
    return { ...community.address, channel: community.general.id, message };
  }
});
