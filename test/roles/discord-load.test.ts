import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { cardsIn, hasButton } from '../connectors/discord/read.ts';
import { createEmbedded } from '../database.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';
import { LOAD_SECONDS, loadLine, runLoad } from './load.ts';

/** `npm run bench:discord`: posts through the bundled model, from the post to its card, while a moderator clicks. */
describe('Discord under load, with the bundled model', () => {
  let community: DiscordCommunity;
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await openClassifier({ base: 'adapters/mini', device: 'cpu', threads: 2 });
    community = await openDiscordCommunity(createEmbedded, { classify: classifier.classify });
  });
  afterAll(async () => {
    await community.stop();
    await classifier.close();
  });

  test(
    'every flagged post has its card, and no click is answered late',
    async () => {
      const { general, member, moderator, review, server } = community;
      const figures = await runLoad({
        ...community,
        channel: general.id,
        post: (text) => server.world.post(general, member, text).id,
        cards: () =>
          cardsIn(review).flatMap(({ id, components }) => {
            const post = /channels\/\d+\/\d+\/(\d+)/.exec(JSON.stringify(components))?.[1];
            return post === undefined ? [] : [{ id, post }];
          }),
        click(id) {
          const card = cardsIn(review).find((each) => each.id === id);
          if (card !== undefined && hasButton(card, 'unsure')) community.click(moderator, card, 'unsure');
        },
      });
      const { slowest, late } = server.desk;
      process.stdout.write(`${loadLine(figures)}; slowest click ${slowest} ms, late ${late}\n`);
      expect(figures.cards).toBeGreaterThan(0);
      expect(cardsIn(review)).toHaveLength(figures.cards);
      expect(late).toBe(0);
    },
    60_000 + LOAD_SECONDS * 5000,
  );
});
