import { loadavg } from 'node:os';
import type { APIMessage } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { SAMPLE_CONVERSATION } from '../../src/connectors/local/sample-conversation.ts';
import { cardsIn, hasButton } from '../connectors/discord/read.ts';
import { until } from '../connectors/discord/town.ts';
import { createEmbedded } from '../database.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';

/**
 * `npm run bench:discord`: 50 posts a second for a minute through the bundled model, from the post to its card, while
 * moderators click. Prints medians and 95th percentiles with the machine's load.
 */
const SECONDS = Number(process.env['EVENKEEL_LOAD_SECONDS'] ?? 1);
const A_SECOND = 50;

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
      const posted = new Map<string, number>();
      const waits: number[] = [];
      const seen = new Set<string>();
      /** Cards that appeared since the last look, each with how long its post waited for it. */
      const look = (): APIMessage[] =>
        cardsIn(review).flatMap((card) => {
          if (seen.has(card.id)) return [];
          seen.add(card.id);
          const post = /channels\/\d+\/\d+\/(\d+)/.exec(JSON.stringify(card.components))?.[1];
          waits.push(performance.now() - posted.get(post!)!);
          return [card];
        });
      const begin = performance.now();
      for (let each = 0; each < SECONDS * A_SECOND; each += 1) {
        const { text } = SAMPLE_CONVERSATION[each % SAMPLE_CONVERSATION.length]!;
        const { id } = server.world.post(general, member, `${text} ${each}`);
        posted.set(id, performance.now());
        while (performance.now() - begin < ((each + 1) * 1000) / A_SECOND) {
          for (const card of look()) if (hasButton(card, 'unsure')) community.click(moderator, card, 'unsure');
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      }
      await community.settle();
      await until(async () => {
        look();
        await community.settle();
        const open = await community.moderation.queue({ community: community.address, limit: 500 });
        return waits.length >= Math.min(500, open.length);
      });
      const sorted = waits.toSorted((one, other) => one - other);
      const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))]!);
      const { slowest, late } = server.desk;
      const load = loadavg()[0]!.toFixed(1);
      process.stdout.write(
        `${posted.size} posts at ${A_SECOND}/s, ${waits.length} cards: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms; ` +
          `slowest click ${slowest} ms, late ${late}; load ${load}\n`,
      );
      expect(waits.length).toBeGreaterThan(0);
      expect(new Set(cardsIn(review).map(({ id }) => id)).size).toBe(waits.length);
      expect(late).toBe(0);
    },
    60_000 + SECONDS * 5000,
  );
});
