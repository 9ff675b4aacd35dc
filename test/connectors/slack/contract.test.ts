import { describeConnector } from '../contract.ts';
import { MemoryCommunity } from '../discord/memory-community.ts';
import type { cardOf } from '../cards.ts';
import type { SlackUser } from './server/world.ts';
import { openSlackTown, until } from './town.ts';
import type { SlackMode } from './town.ts';

for (const mode of ['socket', 'http'] satisfies SlackMode[]) {
  describeConnector(`Slack (${mode})`, async () => {
    const town = await openSlackTown(mode);
    const { server, team, general, review } = town;
    const { world } = server;
    const moderation = new MemoryCommunity();
    moderation.chosen.reviewChannel = review.id;
    const connector = town.connect(moderation.asModeration());
    await connector.start();
    const members = new Map<string, SlackUser>();
    const memberOf = (name: string): SlackUser => {
      const member = members.get(name) ?? world.addUser(team, name);
      members.set(name, member);
      return member;
    };
    // Cards of the suite are of another community; here all is one workspace.
    type Place = ReturnType<typeof cardOf>['message'];
    const here = <T extends Pick<Place, 'community' | 'platform'>>(place: T): T => ({
      ...place,
      platform: 'slack',
      community: team.id,
    });
    return {
      connector: {
        ...connector,
        show: (card, reference) => connector.show({ ...card, message: here(card.message) }, reference),
        showSummary: (summary, reference) =>
          connector.showSummary({ ...summary, channel: here(summary.channel) }, reference),
      },
      moderation,
      async post(author, text) {
        const { ts } = world.post(team, general, memberOf(author), text);
        await until(() => moderation.received.some(({ message }) => message === ts));
        return { message: ts };
      },
      async edit(message, text) {
        const before = moderation.received.length;
        world.edit(team, general, message, { text });
        await until(() => moderation.received.length > before);
      },
      async remove(message) {
        world.remove(team, general, message);
        await until(() => moderation.removed.some((each) => each.message === message));
      },
      async shown() {
        return [...review.messages.values()]
          .filter(({ bot_id: bot }) => bot !== undefined)
          .map((card) => ({
            reference: { channel: review.id, message: card.ts },
            words: JSON.stringify(card).replaceAll(/[\u2066-\u2069]/g, ''),
          }));
      },
      close: () => town.close(),
    };
  });
}
