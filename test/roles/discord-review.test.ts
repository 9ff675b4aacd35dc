import { PermissionFlagsBits } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbedded } from '../database.ts';
import { buttonOf, cardsIn, hasButton, wordsOf } from '../connectors/discord/read.ts';
import { until } from '../connectors/discord/town.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';

describe('a moderator on Discord', () => {
  let community: DiscordCommunity;
  beforeAll(async () => {
    community = await openDiscordCommunity(createEmbedded);
  });
  afterAll(() => community.stop());

  test('gets a card with what was said, the score, and a way to the post', async () => {
    const { card, post } = await community.flag('en: They are **all** the same 90% <@&1> https://evil.example');
    const words = wordsOf(card);
    for (const said of [
      'High',
      'English',
      '0.90',
      'They are **all** the same',
      'Waits for a moderator.',
      'Adapter en',
    ]) {
      expect(words).toContain(said);
    }
    const raw = JSON.stringify(card.components);
    expect(raw).toContain(`https://discord.com/channels/${community.guild.id}/${community.general.id}/${post.id}`);
    expect(raw).not.toContain('**all**');
    expect(raw).not.toContain('https://evil.example');
  });

  test('answers with a click, and the card says so', async () => {
    const { card, flag } = await community.flag('words 80%');
    const asked = community.click(community.moderator, card, 'not_polarized');
    expect((await asked.responded).type).toBe(6);
    await until(() => wordsOf(community.cardAt(card.id)).includes('Not polarized, says'));
    expect(await community.case(flag)).toMatchObject({
      state: 'decided',
      decision: 'not_polarized',
      labels: [{ moderator: community.moderator.id, answer: 'not_polarized' }],
    });
  });

  test('takes an answer back', async () => {
    const { card, flag } = await community.flag('words 81%');
    await community.click(community.moderator, card, 'polarized').responded;
    await until(() => hasButton(community.cardAt(card.id), 'undo'));
    const undone = community.click(community.moderator, community.cardAt(card.id), 'undo');
    expect(wordsOf(await undone.shown)).toContain('taken back');
    expect((await community.case(flag)).labels).toEqual([]);
  });

  test('says more than yes or no in a form', async () => {
    const { card, flag } = await community.flag('words 82%');
    const form = community.click(community.moderator, card, 'Relabel…');
    expect((await form.responded).type).toBe(9);
    const values = {
      answer: 'polarized',
      targets: ['religious'],
      manifestations: ['stereotype', 'vilification'],
      note: 'again',
    };
    await (
      await community.fill(community.moderator, form, values)
    ).responded;
    await until(() => wordsOf(community.cardAt(card.id)).includes('Stereotype'));
    expect((await community.case(flag)).labels).toMatchObject([values]);
  });

  test('is one of two: the first claims, the second is another opinion', async () => {
    const second = community.server.world.addMember(
      community.guild,
      'Lu',
      community.guild.members.get(community.moderator.id)!.roles,
    ).user;
    const { card, flag } = await community.flag('words 83%');
    const clicks = [
      community.click(community.moderator, card, 'polarized'),
      community.click(second, card, 'not_polarized'),
    ];
    await Promise.all(clicks.map(({ responded }) => responded));
    await until(() => wordsOf(community.cardAt(card.id)).includes('Undecided'));
    const { labels, decision } = await community.case(flag);
    expect(labels).toHaveLength(2);
    expect(decision).toBe('undecided');
  });

  test('and another click at the same moment: one claims each card, and both opinions are kept', async () => {
    const times = Number(process.env['EVENKEEL_CLICKS'] ?? 20);
    const { admin, moderator } = community;
    for (let each = 0; each < times; each += 1) {
      const { card, flag } = await community.flag(`words number ${each} 80%`);
      const clicks = [moderator, admin].map((who) => community.click(who, card, 'polarized').responded);
      await Promise.all(clicks);
      await until(() => wordsOf(community.cardAt(card.id)).includes('Polarized, say '));
      const { labels } = await community.case(flag);
      expect(labels.map((label) => label.moderator).toSorted()).toEqual([admin.id, moderator.id].toSorted());
    }
    expect(community.server.desk.late).toBe(0);
  });

  test('is told why, what was said around, and asks others', async () => {
    community.server.world.post(community.general, community.moderator, 'calm words before');
    const { card, flag } = await community.flag('words 84%');
    expect(wordsOf(await community.click(community.moderator, card, 'why').shown)).toContain('What drove the score');
    expect(wordsOf(await community.click(community.moderator, card, 'context').shown)).toContain('calm words before');
    const form = community.click(community.moderator, card, 'escalate');
    await (
      await community.fill(community.moderator, form, { reason: 'not sure' })
    ).responded;
    await until(() => wordsOf(community.cardAt(card.id)).includes('Escalated by'));
    expect(await community.case(flag)).toMatchObject({ escalation: { reason: 'not sure' } });
  });

  test('deletes a post with a reason that names them', async () => {
    const { card, post, flag } = await community.flag('words 85%');
    const form = community.click(community.moderator, card, 'delete');
    const sent = await community.fill(community.moderator, form, { reason: 'against rule 3' });
    expect(wordsOf(await sent.shown)).toBe('The post was deleted.');
    expect(community.general.messages.has(post.id)).toBe(false);
    expect(community.server.auditLog.at(-1)).toEqual({
      action: 'delete',
      target: post.id,
      reason: `Sam (${community.moderator.id}), case ${flag.slice(0, 8)}: against rule 3`,
    });
    await until(() => wordsOf(community.cardAt(card.id)).includes('The post was deleted, and its text with it.'));
    expect(hasButton(community.cardAt(card.id), 'delete')).toBe(false);
  });

  test('times out a member, never someone above', async () => {
    const { card } = await community.flag('words 86%');
    const form = community.click(community.moderator, card, 'timeout');
    const sent = await community.fill(community.moderator, form, { minutes: '60', reason: 'cool down' });
    expect(wordsOf(await sent.shown)).toBe('The author was timed out.');
    const end = Date.parse(community.guild.members.get(community.member.id)!.communication_disabled_until!);
    expect(Math.abs(end - Date.now() - 3_600_000)).toBeLessThan(60_000);

    community.server.world.post(community.general, community.admin, 'from above 90%');
    await until(() => cardsIn(community.review).some((each) => wordsOf(each).includes('from above')));
    const above = cardsIn(community.review).find((each) => wordsOf(each).includes('from above'))!;
    const again = community.click(community.moderator, above, 'timeout');
    const refused = await community.fill(community.moderator, again, { minutes: '10', reason: 'no' });
    expect(wordsOf(await refused.shown)).toContain('You lack the permission Moderate Members');
  });

  test('may do only what Discord lets them do', async () => {
    const { card, post } = await community.flag('words 87%');
    const refused = community.click(community.member, card, 'polarized');
    expect(wordsOf(await refused.shown)).toBe('Only moderators can do this.');
    const { world } = community.server;
    const reviewOnly = world.addMember(community.guild, 'Kim').user;
    community.review.overwrites.push({
      id: reviewOnly.id,
      type: 1,
      allow: String(PermissionFlagsBits.ManageMessages),
      deny: '0',
    });
    const form = community.click(reviewOnly, card, 'delete');
    const sent = await community.fill(reviewOnly, form, { reason: 'mine' });
    expect(wordsOf(await sent.shown)).toContain('You lack the permission Manage Messages');
    expect(community.general.messages.has(post.id)).toBe(true);
  });

  test('sees on the card that a post was edited or calmed down', async () => {
    const { card, post } = await community.flag('words 88%');
    community.server.world.edit(community.general, post.id, { content: 'worse words 95%' });
    await until(() => wordsOf(community.cardAt(card.id)).includes('Edited since it was flagged.'));
    expect(wordsOf(community.cardAt(card.id))).toContain('0.95');
    community.server.world.edit(community.general, post.id, { content: 'calm words 5%' });
    await until(() => wordsOf(community.cardAt(card.id)).includes('Withdrawn'));
  });

  test('finds an old card working', async () => {
    const { card, flag } = await community.flag('words 89%');
    const old = { ...card, components: JSON.parse(JSON.stringify(card.components)) as typeof card.components };
    expect(buttonOf(old, 'unsure')).toBe(`v1:unsure:${flag}`);
    await community.click(community.moderator, old, 'unsure').responded;
    await until(() => wordsOf(community.cardAt(card.id)).includes('Undecided'));
  });

  test('gets a few cards and one that counts the rest in a raid, all of it in the queue', async () => {
    const { server, guild, review, moderator, member } = community;
    const raided = server.world.addChannel(guild, 'raided');
    await community.moderation.changeSettings(community.address, { cardsPerHour: 2 }, 'test');
    for (let each = 0; each < 5; each += 1) server.world.post(raided, member, `raid ${each} 90%`);
    const summary = () => cardsIn(review).find((card) => hasButton(card, 'queue'));
    await until(() => summary() !== undefined && wordsOf(summary()!).includes('3 more flags'));
    expect(cardsIn(review).filter((card) => wordsOf(card).includes('raid '))).toHaveLength(2);
    expect(wordsOf(await community.click(moderator, summary()!, 'queue').shown)).toContain('raid ');
  });
});
