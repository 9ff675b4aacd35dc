import { afterEach, describe, expect, it } from 'vitest';
import type { Connector } from '../../../src/connectors/connector.ts';
import { Secret } from '../../../src/runtime/secrets.ts';
import { MemoryCommunity } from '../discord/memory-community.ts';
import { openSlackTown, until } from './town.ts';
import type { SlackMode, SlackTown } from './town.ts';

describe.each<SlackMode>(['socket', 'http'])('the Slack connector (%s)', (mode) => {
  let town: SlackTown;
  let connector: Connector;
  const moderation = new MemoryCommunity();
  afterEach(async () => {
    await connector.stop();
    await town.close();
  });

  it('hears what is posted, and acknowledges it', async () => {
    town = await openSlackTown(mode);
    connector = town.connect(moderation.asModeration());
    await connector.start();
    const { ts } = town.server.world.post(town.team, town.general, town.member, 'Good morning');
    await until(() => moderation.received.length > 0);
    expect(moderation.received[0]).toMatchObject({ platform: 'slack', community: town.team.id, message: ts });
    await until(() => town.server.delivery.pending === 0);
    expect(town.server.delivery.failures).toEqual([]);
  });
});

describe('a connector that Slack has trouble with', () => {
  it('connects all the same', async () => {
    const town = await openSlackTown();
    const moderation = new MemoryCommunity();
    const connector = town.connect(moderation.asModeration());
    town.server.faults.next(/auth.test/, 'error');
    town.server.faults.next(/apps.connections.open/, 'error');
    await connector.start();
    town.server.world.post(town.team, town.general, town.member, 'Good morning');
    await until(() => moderation.received.length > 0);
    await connector.stop();
    await town.close();
  });
});

describe('a connector that Slack refuses', () => {
  it.each([
    ['bot token', { botToken: new Secret('xoxb-wrong') }, /SLACK_BOT_TOKEN/],
    ['app token', { transport: { kind: 'socket', appToken: new Secret('xapp-wrong') } as const }, /SLACK_APP_TOKEN/],
  ])('says which %s it is', async (_what, more, words) => {
    const town = await openSlackTown();
    const connector = town.connect(new MemoryCommunity().asModeration(), more);
    await expect(connector.start()).rejects.toThrow(words);
    await connector.stop();
    await town.close();
  });
});
