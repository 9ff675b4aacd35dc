import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeDiscord } from '../../src/connectors/discord/application.ts';
import { Secret } from '../../src/runtime/secrets.ts';
import { cardsIn, hasButton, wordsOf } from '../connectors/discord/read.ts';
import { TOKEN } from '../connectors/discord/server/discord-server.ts';
import { until } from '../connectors/discord/town.ts';
import { createEmbedded } from '../database.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';

describe('on a server that knows the least of Discord’s protocol', () => {
  let community: DiscordCommunity;
  beforeAll(async () => {
    community = await openDiscordCommunity(createEmbedded, { plain: true });
  });
  afterAll(() => community.stop());

  const cardOf = (text: string) => cardsIn(community.review).filter((card) => wordsOf(card).includes(text));
  const score = async (message: string) => {
    const { address, general, moderation } = community;
    return (await moderation.find({ ...address, channel: general.id, message }))?.verdict.score;
  };

  test('posts are flagged and answered, and the card says so', async () => {
    const { card, flag } = await community.flag('words 90%');
    await community.click(community.moderator, card, 'polarized').responded;
    await until(() => wordsOf(community.cardAt(card.id)).includes('Polarized, says'));
    expect(await community.case(flag)).toMatchObject({ decision: 'polarized' });
  });

  test('a card that is refused as components is an embed with the same words and buttons, posted once', async () => {
    const { server, review } = community;
    const before = server.requests.length;
    const { card } = await community.flag('words 81%');
    await community.settle();
    expect(card.embeds).toHaveLength(1);
    expect(card.embeds[0]).toMatchObject({
      color: expect.any(Number),
      description: expect.stringContaining('words 81'),
    });
    for (const each of ['polarized', 'relabel', 'why', 'delete']) expect(hasButton(card, each)).toBe(true);
    const posts = server.requests.slice(before).filter((each) => each.includes(`/channels/${review.id}`));
    expect(posts).toEqual([`POST /channels/${review.id}/messages 200`]);
  });

  test('an event that nobody can read is left out, and the bot goes on', async () => {
    const { guild, member, review, server } = community;
    server.world.emit(guild.id, 'GUILD_ROLE_CREATE' as never, { guild_id: guild.id, role: { id: '1' } });
    server.world.emit(guild.id, 'INTERACTION_CREATE' as never, { id: '1', type: 3, guild_id: guild.id, member: {} });
    const raw = { content: null, attachments: null, message_snapshots: null };
    server.world.emit(guild.id, 'MESSAGE_CREATE' as never, { id: '2', channel_id: review.id, author: member, ...raw });
    await community.flag('words 83%');
  });

  test('a moderator deletes a post, though nobody told what the bot may do', async () => {
    const { card, post } = await community.flag('words 86%');
    const form = community.click(community.moderator, card, 'delete');
    const sent = await community.fill(community.moderator, form, { reason: 'against rule 3' });
    expect(wordsOf(await sent.shown)).toBe('The post was deleted.');
    expect(community.general.messages.has(post.id)).toBe(false);
  });

  test('commands work, for those who may use them', async () => {
    expect(wordsOf(await community.command(community.admin, 'keel-admin mode', { mode: 'review' }))).toContain('0.5');
    expect(wordsOf(await community.command(community.member, 'keel-admin mode'))).toContain('administrators');
  });

  test('an edit that tells only its text, and a deletion without a guild, are understood', async () => {
    const { server, general } = community;
    const { card, post } = await community.flag('words 85%');
    server.world.edit(general, post.id, { content: 'words 95%' });
    await until(() => wordsOf(community.cardAt(card.id)).includes('0.95'));
    server.world.remove(general, post.id);
    await until(() => wordsOf(community.cardAt(card.id)).includes('The post was deleted'));
  });

  test('a card is posted once though no nonce tells and its answer was lost, or the bot killed after it', async () => {
    const { server } = community;
    server.faults.next('POST', new RegExp(`^/channels/${community.review.id}/messages$`), 'lost', 'error', 'reset');
    await community.flag('once 91%');
    await community.settle();
    expect(cardOf('once 91')).toHaveLength(1);

    const before = cardsIn(community.review).length;
    server.world.post(community.general, community.member, 'killed 92%');
    await until(() => cardsIn(community.review).length > before);
    await community.kill();
    await community.restart();
    await community.flag('after 93%');
    await community.settle();
    expect(cardOf('killed 92')).toHaveLength(1);
  });

  test('a lost connection is resumed where it was, and an absence read from history', async () => {
    const { server, general, member } = community;
    server.gateway.disconnect();
    const first = server.world.post(general, member, 'while resuming 20%');
    await until(async () => (await score(first.id)) === 0.2);
    expect(server.gateway.counts.resume).toBeGreaterThan(0);
    await community.kill();
    const missed = Array.from({ length: 150 }, () => server.world.post(general, member, 'missed 30%'));
    await community.restart();
    await until(async () => (await score(missed.at(-1)!.id)) === 0.3);
    await community.settle();
    for (const { id } of missed) expect(await score(id)).toBe(0.3);
  });

  test('doctor says what the server lacks', async () => {
    expect(await probeDiscord({ token: new Secret(TOKEN), url: community.server.url })).toBe(
      'Evenkeel may connect with 1 shard; 1000 of 1000 sessions left today; this server lacks application, gateway/bot',
    );
  });
});
