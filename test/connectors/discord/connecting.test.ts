import { GatewayIntentBits } from 'discord.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeDiscord } from '../../../src/connectors/discord/application.ts';
import type { Connector } from '../../../src/connectors/connector.ts';
import { Secret } from '../../../src/runtime/secrets.ts';
import { MemoryCommunity } from './memory-community.ts';
import { TOKEN } from './server/discord-server.ts';
import { openTown, until } from './town.ts';
import type { Town } from './town.ts';

describe('connecting to Discord', () => {
  let town: Town;
  const connectors: Connector[] = [];
  const connect = (more: Parameters<Town['connect']>[1] = {}): Connector => {
    const connector = town.connect(new MemoryCommunity().asModeration(), more);
    connectors.push(connector);
    return connector;
  };

  beforeEach(async () => {
    town = await openTown();
  });
  afterEach(async () => {
    for (const connector of connectors.splice(0)) await connector.stop();
    await town.close();
  });

  it('asks for the three intents that it needs and no other', async () => {
    await connect().start();
    const [session] = town.server.gateway.sessions.values();
    const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits;
    expect(session!.intents).toBe(Guilds | GuildMessages | MessageContent);
  });

  it('keeps its heart beating', async () => {
    town.server.gateway.rules.heartbeatMs = 20;
    await connect().start();
    await until(() => town.server.gateway.counts.heartbeat > 3);
    expect(town.server.gateway.counts.identify).toBe(1);
  });

  it('with a wrong token says where to find the right one', async () => {
    const starting = connect({ token: new Secret('wrong') }).start();
    await expect(starting).rejects.toMatchObject({
      code: 'config',
      message: 'Discord does not accept DISCORD_TOKEN',
      hint: expect.stringContaining('https://discord.com/developers/applications'),
    });
  });

  it('without the Message Content intent says how to turn it on', async () => {
    town.server.applicationFlags = 0;
    town.server.gateway.rules.privileged = 0;
    await expect(connect().start()).rejects.toMatchObject({
      code: 'config',
      message: 'The bot may not read messages: the Message Content intent is off',
      hint: expect.stringContaining('Turn on Message Content Intent'),
    });
  });

  it('lets the gateway decide where only the application seems to lack it, and tells whoever asks', async () => {
    town.server.applicationFlags = 0;
    const connector = connect();
    await connector.start();
    const address = { platform: 'discord', community: town.guild.id } as const;
    await until(() => town.server.gateway.sessions.size === 1);
    await expect.poll(() => connector.examine!(address)).toMatchObject([{ kind: 'missing-intent' }]);
    expect(await probeDiscord({ token: new Secret(TOKEN), url: town.server.url })).toContain('intent is off');
  });

  it('where nothing listens says what to check', async () => {
    const starting = connect({ url: 'http://127.0.0.1:1/api' }).start();
    await expect(starting).rejects.toMatchObject({ code: 'network', hint: expect.stringContaining('DISCORD_API_URL') });
  });

  it('opens no session where the day has too few left', async () => {
    town.server.gateway.rules.identifies = 10;
    const connector = connect();
    const starting = connector.start();
    await until(() => town.server.requests.filter((each) => each.includes('gateway/bot')).length >= 3);
    await connector.stop();
    expect(town.server.gateway.counts.identify).toBe(0);
    expect(await Promise.race([starting, Promise.resolve('waits')])).toBe('waits');
  });

  it('takes as many shards as Discord asks for, each with its own guilds', async () => {
    town.server.gateway.rules.shards = 2;
    await connect().start();
    expect([...town.server.gateway.sessions.values()].map(({ shard }) => shard)).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it('runs the range of shards that it was given, and puts the commands only with the first', async () => {
    await connect({ shards: { first: 1, last: 2, count: 3 } }).start();
    expect([...town.server.gateway.sessions.values()].map(({ shard }) => shard)).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect(town.server.commands).toEqual([]);
    await connect({ shards: { first: 0, last: 0, count: 3 } }).start();
    await until(() => town.server.commands.length > 3);
  });

  it('is tried by doctor without opening a session', async () => {
    expect(await probeDiscord({ token: new Secret(TOKEN), url: town.server.url })).toBe(
      'Evenkeel may connect with 1 shard; 1000 of 1000 sessions left today',
    );
    expect(town.server.gateway.counts.identify).toBe(0);
  });
});
