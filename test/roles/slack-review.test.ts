import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbedded } from '../database.ts';
import { until } from '../connectors/slack/town.ts';
import { openSlackCommunity, wordsOf } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

describe.each(['socket', 'http'] as const)('a moderator on Slack over %s', (mode) => {
  let community: SlackCommunity;
  beforeAll(async () => {
    community = await openSlackCommunity(createEmbedded, mode);
  });
  afterAll(() => community.stop());

  test('gets a card with what was said, the score, and a way to the post', async () => {
    const { card, post } = await community.flag('en: They are *all* the same 90% <!here> https://evil.example');
    const words = wordsOf(card);
    for (const said of ['High', 'English', '0.90', 'They are *all* the same', 'Waits for a moderator.', 'Adapter en'])
      expect(words).toContain(said);
    const raw = JSON.stringify(card.blocks);
    expect(raw).toContain(`https://town.slack.com/archives/${community.general.id}/p${post.ts.replace('.', '')}`);
    expect(raw).not.toContain('<!here>');
    expect(card.text).not.toContain('same');
  });

  test('answers with a click, and the card says so', async () => {
    const { card, flag } = await community.flag('words 80%');
    await community.click(community.moderator, card, 'Not polarized').acked;
    await until(() => wordsOf(community.cardAt(card.ts)).includes('Not polarized, says'));
    expect(await community.case(flag)).toMatchObject({
      state: 'decided',
      decision: 'not_polarized',
      labels: [{ moderator: community.moderator.id, answer: 'not_polarized' }],
    });
  });
});
