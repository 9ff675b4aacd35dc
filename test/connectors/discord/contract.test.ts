import type { APIUser } from 'discord.js';
import { describeConnector } from '../contract.ts';
import { MemoryCommunity } from './memory-community.ts';
import { cardsIn, wordsOf } from './read.ts';
import { openTown, until } from './town.ts';

describeConnector('Discord', async () => {
  const town = await openTown();
  const { server, guild, general, review } = town;
  const moderation = new MemoryCommunity();
  moderation.chosen.reviewChannel = review.id;
  const connector = town.connect(moderation.asModeration());
  moderation.connector = connector;
  await connector.start();
  const members = new Map<string, APIUser>();
  const memberOf = (name: string): APIUser => {
    const member = members.get(name) ?? server.world.addMember(guild, name).user;
    members.set(name, member);
    return member;
  };
  return {
    connector,
    moderation,
    async post(author, text) {
      const { id } = server.world.post(general, memberOf(author), text);
      await until(() => moderation.received.some(({ message }) => message === id));
      return { message: id };
    },
    async edit(message, text) {
      const before = moderation.received.length;
      server.world.edit(general, message, { content: text });
      await until(() => moderation.received.length > before);
    },
    async remove(message) {
      server.world.remove(general, message);
      await until(() => moderation.removed.some((each) => each.message === message));
    },
    async shown() {
      return cardsIn(review).map((card) => ({
        reference: { channel: review.id, message: card.id },
        words: wordsOf(card),
      }));
    },
    close: () => town.close(),
  };
});
