import { InteractionType } from 'discord.js';
import type { APIMessage } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { SAMPLE_CONVERSATION } from '../../src/connectors/local/sample-conversation.ts';
import { buttonOf, cardsIn } from '../connectors/discord/read.ts';
import type { WorldChannel, WorldGuild } from '../connectors/discord/server/guild-world.ts';
import { createEmbedded } from '../database.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';
import { LOAD_SECONDS, loadLine, runLoad } from './load.ts';

/**
 * `npm run bench:discord`: 50 posts a second for a minute through the bundled model, from the post to its card, while
 * moderators click. Seven servers share the posts, one in twenty is flagged, and Discord's limit of five messages in five
 * seconds a channel holds: with more than a card a second in one review channel it would measure that limit.
 */
const SERVERS = 7;
const FLAGGED_EVERY = 20;
/** What the bundled model gives the posts of the sample is well to either side of it. */
const THRESHOLD = 0.64;

interface Town {
  guild: WorldGuild;
  general: WorldChannel;
  review: WorldChannel;
  moderator: string;
}

describe('Discord under load, with the bundled model', () => {
  let community: DiscordCommunity;
  let classifier: Classifier;
  const towns: Town[] = [];
  let calm: string[];
  let heated: string[];

  beforeAll(async () => {
    classifier = await openClassifier({ base: 'adapters/mini', device: 'cpu', threads: 2 });
    community = await openDiscordCommunity(createEmbedded, { classify: classifier.classify });
    const texts = SAMPLE_CONVERSATION.map(({ text }) => text);
    const scores = await classifier.classify(texts);
    calm = texts.filter((_, at) => scores[at]!.score < THRESHOLD);
    heated = texts.filter((_, at) => scores[at]!.score >= THRESHOLD);
    towns.push({ ...community, moderator: community.moderator.id });
    while (towns.length < SERVERS) towns.push(addTown());
    for (const { guild, review } of towns) {
      const address = { platform: 'discord', community: guild.id } as const;
      const settings = { reviewChannel: review.id, mode: 'review', threshold: THRESHOLD } as const;
      await community.moderation.changeSettings(address, settings, 'test');
    }
    community.server.limits.ofPosts = { limit: 5, windowMs: 5000 };
  }, 180_000);
  afterAll(async () => {
    await community.stop();
    await classifier.close();
  });

  function addTown(): Town {
    const { server, guild: first, member } = community;
    const { world } = server;
    const guild = world.addGuild(`Town ${towns.length}`);
    const [general, review] = [world.addChannel(guild, 'general'), world.addChannel(guild, 'review')];
    const roles = [...first.roles.values()].filter(({ name }) => name === 'Moderators');
    const own = roles.map(({ permissions }) => world.addRole(guild, 'Moderators', BigInt(permissions)).id);
    world.addMember(guild, member);
    const moderator = world.addMember(guild, 'Kit', own).user.id;
    world.emit(guild.id, 'GUILD_CREATE' as never, world.guildCreate(guild));
    return { guild, general, review, moderator };
  }

  test(
    'every flagged post has its card, and no click is answered late',
    async () => {
      const { member, server } = community;
      let flagged = 0;
      const before = server.requests.length;
      const shown = new Map<string, { town: Town; message: APIMessage }>();
      const figures = await runLoad({
        post(each) {
          const isHeated = each % FLAGGED_EVERY === FLAGGED_EVERY / 2;
          if (isHeated) flagged += 1;
          const texts = isHeated ? heated : calm;
          return server.world.post(towns[each % SERVERS]!.general, member, `${texts[each % texts.length]!} ${each}`).id;
        },
        cards: () =>
          towns.flatMap((town) =>
            cardsIn(town.review).map((message) => {
              shown.set(message.id, { town, message });
              return {
                id: message.id,
                post: /channels\/\d+\/\d+\/(\d+)/.exec(JSON.stringify(message.components))![1]!,
              };
            }),
          ),
        click(id) {
          const { town, message } = shown.get(id)!;
          const data = { custom_id: buttonOf(message, 'unsure'), component_type: 2 };
          const { guild, review, moderator } = town;
          server.interact(InteractionType.MessageComponent, guild, review, moderator, data, { message });
        },
        isAll: (cards) => cards >= flagged,
        settle: () => community.settle(),
      });
      const { slowest, late } = server.desk;
      const count = (kind: RegExp): number => server.requests.slice(before).filter((each) => kind.test(each)).length;
      process.stdout.write(
        `${loadLine(figures)}; ${SERVERS} servers; slowest click ${slowest} ms, late ${late}; requests: ` +
          `${count(/^POST \/channels/)} posted, ${count(/^PATCH \/channels/)} redrawn, ${count(/^GET/)} read\n`,
      );
      expect(flagged).toBeGreaterThan(0);
      expect(count(/^POST \/channels/)).toBe(figures.cards);
      expect(late).toBe(0);
    },
    60_000 + LOAD_SECONDS * 5000,
  );
});
