import { randomUUID } from 'node:crypto';
import { MessageFlags } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '../../../src/connectors/connector.ts';
import type { Card } from '../../../src/domain/flag.ts';
import { NO_DETAILS } from '../../../src/domain/label.ts';
import { cardOf } from '../cards.ts';
import { MemoryCommunity } from './memory-community.ts';
import { cardsIn, hasButton, partsOf, wordsOf } from './read.ts';
import { openTown, until } from './town.ts';
import type { Town } from './town.ts';

describe('a card on Discord', () => {
  let town: Town;
  let moderation: MemoryCommunity;
  let connector: Connector;

  beforeEach(async () => {
    town = await openTown();
    moderation = new MemoryCommunity();
    moderation.chosen.reviewChannel = town.review.id;
    connector = town.connect(moderation.asModeration());
    await connector.start();
  });
  afterEach(async () => {
    await connector.stop();
    await town.close();
  });

  /** A card of this guild, just posted. */
  const card = (change: Partial<Card> = {}): Card => {
    const place = { community: town.guild.id, channel: town.general.id };
    return cardOf({
      message: { platform: 'discord', ...place, message: '1', revision: 0 },
      postedAt: new Date(),
      ...change,
    });
  };
  /** Waits until the bot has heard of all that happened. */
  const heard = async () => {
    const { id } = town.server.world.post(town.general, town.member, 'by the way');
    await until(() => moderation.received.some(({ message }) => message === id));
  };
  const shown = () => cardsIn(town.review);

  it.each([true, false])('is posted once where the answer to its post was lost (the first: %s)', async (isFirst) => {
    town.server.faults.next('POST', /messages$/, 'lost', 'error', 'limited');
    town.server.nonces.clear();
    await connector.show(card(), null, isFirst);
    expect(shown()).toHaveLength(1);
  });

  it('that nobody can have posted yet costs one request, and the settings of its guild one reading', async () => {
    let readings = 0;
    moderation.settings = async () => {
      readings += 1;
      return moderation.chosen;
    };
    const before = town.server.requests.length;
    const some = Array.from({ length: 5 }, () => card({ flag: randomUUID() }));
    await Promise.all(some.map((each) => connector.show(each, null, true)));
    expect(town.server.requests.slice(before)).toEqual(some.map(() => `POST /channels/${town.review.id}/messages 200`));
    expect(readings).toBe(1);
  });

  it('is found again by a process that does not know of it, however much came after', async () => {
    const postedAt = new Date(Date.now() - 3_600_000);
    const reference = await connector.show(card({ postedAt }), null);
    for (let each = 0; each < 250; each += 1) town.server.world.post(town.review, town.moderator, 'chatter');
    town.server.nonces.clear();
    expect(await connector.show(card({ postedAt }), null)).toEqual(reference);
    expect(shown()).toHaveLength(1);
  });

  it('that was posted in an older state is brought up to date', async () => {
    town.server.faults.next('POST', /messages$/, 'lost');
    await connector.show(card(), null);
    const labels = [{ moderator: '100000000000000001', answer: 'unsure' as const, ...NO_DETAILS, at: new Date() }];
    await connector.show(card({ labels }), null);
    expect(shown()).toHaveLength(1);
    expect(wordsOf(shown()[0]!)).toContain('Undecided');
  });

  it('comes back where someone deleted it while it waits, and not after', async () => {
    const reference = await connector.show(card(), null);
    town.server.world.remove(town.review, reference['message']!);
    const second = await connector.show(card(), reference);
    expect(second['message']).not.toBe(reference['message']);
    expect(shown()).toHaveLength(1);
    town.server.world.remove(town.review, second['message']!);
    expect(await connector.show(card({ state: 'decided', decision: 'polarized' }), second)).toEqual(second);
    expect(shown()).toHaveLength(0);
  });

  it('waits where there is no review channel, and is posted once there is one', async () => {
    moderation.chosen.reviewChannel = null;
    const nowhere = await connector.show(card(), null);
    expect(nowhere).toEqual({});
    moderation.chosen.reviewChannel = town.review.id;
    expect(await connector.show(card(), nowhere)).toMatchObject({ channel: town.review.id });
  });

  it('is not asked for again and again where the bot may not post', async () => {
    town.review.overwrites.push({ id: town.guild.id, type: 0, allow: '0', deny: String(1 << 11) });
    for (let each = 0; each < 5; each += 1) {
      await expect(connector.show(card(), null)).rejects.toMatchObject({
        hint: expect.stringContaining('Send Messages'),
      });
    }
    expect(town.server.requests.filter((each) => each.endsWith('403'))).toHaveLength(1);
  });

  it('that cannot be shown is told to the administrators once, with what is missing', async () => {
    const { server, guild, review } = town;
    const news = server.world.addChannel(guild, 'staff-news');
    guild.systemChannel = news.id;
    review.overwrites.push({ id: guild.id, type: 0, allow: '0', deny: String(1 << 11) });
    server.world.emit(guild.id, 'GUILD_CREATE' as never, server.world.guildCreate(guild));
    await heard();
    await expect(connector.show(card(), null)).rejects.toThrow(/may not post cards/);
    await until(() => news.messages.size === 1);
    expect(wordsOf(cardsIn(news)[0]!)).toContain(`lacks the permission Send Messages in <#${review.id}>`);

    // Another process, which did not hear of it, reads it before it speaks.
    await connector.stop();
    connector = town.connect(moderation.asModeration());
    await connector.start();
    await heard();
    await expect(connector.show(card(), null)).rejects.toThrow(/may not post cards/);
    await until(() => server.requests.some((each) => each === `GET /channels/${news.id}/messages 200`));
    await heard();
    expect(news.messages.size).toBe(1);
  });

  it('pings the role that it should when it is new, and never again', async () => {
    const role = town.server.world.addRole(town.guild, 'Night watch', 0n).id;
    const reference = await connector.show(card({ notify: role }), null);
    expect(wordsOf(shown()[0]!)).toContain(`<@&${role}>`);
    await connector.show(card({ notify: role, edited: true }), reference);
    expect(wordsOf(shown()[0]!)).not.toContain(`<@&${role}>`);
  });

  it.each([
    '@everyone <@123456789012345678> <@&123456789012345678> <#123456789012345678>',
    '[click](https://evil.example) https://evil.example <https://evil.example>',
    '# Heading\n> quote\n- list\n1. list\n-# small\n||spoiler|| ~~no~~ __u__ `code` ```block```',
    '<:emoji:123456789012345678> :smile: <t:0:R> </keel:1>',
    '\u202Eright to left\u2066 and isolates',
  ])('shows %j as it was written and nothing more', async (text) => {
    await connector.show(card({ text }), null);
    const [message] = shown();
    const quote = partsOf(message!.components).find(({ content }) => content?.startsWith('> '))!.content!;
    // Nothing that Discord gives a meaning stands without its backslash.
    const bare = quote.replaceAll(/^> /gm, '').replaceAll(/\\[^\p{L}\p{N}\s]/gu, '');
    expect(bare).not.toMatch(/[*_~`|<>[\]()@#:]|^\s*\d+\./m);
    const undone = quote.replaceAll(/^> /gm, '').replaceAll(/\\([^\p{L}\p{N}\s])/gu, '$1');
    expect(undone.replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, '')).toBe(
      text.replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, ''),
    );
  });

  it('keeps within its limits whatever is on it', async () => {
    const note = 'n'.repeat(1000);
    const details = { targets: [], manifestations: [], note };
    const labels = Array.from({ length: 30 }, (_, each) => ({
      moderator: String(100_000_000_000_000_000n + BigInt(each)),
      answer: 'polarized' as const,
      ...details,
      at: new Date(),
    }));
    const reports = Array.from({ length: 9 }, () => ({ by: null, reason: '*'.repeat(900), at: new Date() }));
    const escalation = { by: '100000000000000001', reason: '_'.repeat(900), at: new Date() };
    await connector.show(
      card({ text: '*'.repeat(4000), labels, reports, escalation, state: 'decided', decision: 'polarized' }),
      null,
    );
    expect(shown()).toHaveLength(1);
    expect(shown()[0]!.flags! & MessageFlags.IsComponentsV2).not.toBe(0);
  });

  it('offers only what the bot may do', async () => {
    const role = town.guild.roles.get(town.guild.members.get(town.server.world.bot.id)!.roles[0]!)!;
    role.permissions = '0';
    town.server.world.emit(town.guild.id, 'GUILD_ROLE_UPDATE' as never, { guild_id: town.guild.id, role });
    await heard();
    await connector.show(card(), null);
    expect([hasButton(shown()[0]!, 'delete'), hasButton(shown()[0]!, 'timeout')]).toEqual([false, false]);
  });

  it('speaks the language of the guild, or that which the community chose', async () => {
    moderation.chosen.language = 'es';
    const reference = await connector.show(card(), null);
    expect(wordsOf(shown()[0]!)).toContain('Polarizado');
    moderation.chosen.language = 'ar';
    await connector.show(card(), reference);
    expect(wordsOf(shown()[0]!)).toMatch(/\p{Script=Arabic}/u);
  });
});
