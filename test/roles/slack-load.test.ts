import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClassifier } from '../../src/classifier/classifier.ts';
import type { Classifier } from '../../src/classifier/classifier.ts';
import { SAMPLE_CONVERSATION } from '../../src/connectors/local/sample-conversation.ts';
import type { SlackMode } from '../connectors/slack/town.ts';
import { createEmbedded } from '../database.ts';
import { LOAD_SECONDS, loadLine, runLoad } from './load.ts';
import { openSlackCommunity } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

/** What waits in a queue is asked for so far at most. */
const MOST_OPEN = 500;

/**
 * `npm run bench:slack`: 50 posts a second for a minute through the bundled model, from the post to its card, while a
 * moderator clicks; how long acknowledgements took, and what a card cost in calls. This server has no limit of one message
 * a second in a channel, as Slack has: there so many flags in one channel would wait for their turn.
 */
let classifier: Classifier;
beforeAll(async () => {
  classifier = await openClassifier({ base: 'adapters/mini', device: 'cpu', threads: 2 });
});
afterAll(() => classifier.close());

describe.each<SlackMode>(['socket', 'http'])('Slack under load, with the bundled model (%s)', (mode) => {
  let community: SlackCommunity;
  beforeAll(async () => {
    community = await openSlackCommunity(createEmbedded, mode, { classify: classifier.classify });
  });
  afterAll(() => community.stop());

  test(
    'every flagged post has its card, posted with one call, and nothing is acknowledged late',
    async () => {
      const { address, general, member, moderation, moderator, server, team } = community;
      const clicks: Promise<number>[] = [];
      const figures = await runLoad({
        post(each) {
          const { text } = SAMPLE_CONVERSATION[each % SAMPLE_CONVERSATION.length]!;
          return server.world.post(team, general, member, `${text} ${each}`).ts;
        },
        cards: () =>
          community.cards().flatMap(({ ts, blocks }) => {
            const [, seconds, micros] = /\/p(\d{10})(\d{6})/.exec(JSON.stringify(blocks)) ?? [];
            return seconds === undefined ? [] : [{ id: ts, post: `${seconds}.${micros}` }];
          }),
        click(id) {
          const card = community.cardAt(id);
          if (!JSON.stringify(card.blocks).includes('v1:unsure')) return;
          const begun = performance.now();
          const { acked } = community.click(moderator, card, 'v1:unsure');
          clicks.push(acked.then(() => performance.now() - begun));
        },
        async isAll(cards, last) {
          // Posts are taken in in their order.
          if ((await moderation.find({ ...address, channel: general.id, message: last })) === null) return false;
          await community.settle();
          return cards >= (await moderation.queue({ community: address, limit: MOST_OPEN })).length;
        },
        settle: () => community.settle(),
      });
      const slowest = (all: readonly number[]): number => Math.round(Math.max(0, ...all));
      const late = slowest(await Promise.all(clicks));
      const calls = (method: string): number => server.requests.filter((each) => each.method === method).length;
      process.stdout.write(
        `${mode}: ${loadLine(figures)}; slowest ack ${slowest(server.delivery.ackMs)} ms, slowest click ${late} ms; ` +
          `calls a card: ${(calls('chat.postMessage') / figures.cards).toFixed(2)} chat.postMessage, ` +
          `${(calls('conversations.history') / figures.cards).toFixed(2)} conversations.history\n`,
      );
      expect(figures.cards).toBeGreaterThan(0);
      expect(calls('chat.postMessage')).toBe(figures.cards);
      expect(calls('conversations.history')).toBe(0);
      expect(server.delivery.failures).toEqual([]);
      expect(late).toBeLessThan(3000);
    },
    60_000 + LOAD_SECONDS * 5000,
  );
});
