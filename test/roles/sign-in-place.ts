import { createConsole } from '../../src/console/server.ts';
import type { Console } from '../../src/console/server.ts';
import type { CommunityAddress } from '../../src/domain/message.ts';
import { communityDesk, consoleAccess } from '../../src/roles/console.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { Secret } from '../../src/runtime/secrets.ts';
import { openTown } from '../connectors/discord/town.ts';
import type { Town } from '../connectors/discord/town.ts';
import { APP_TOKEN } from '../connectors/slack/server/slack-server.ts';
import { openSlackTown } from '../connectors/slack/town.ts';
import type { SlackTown } from '../connectors/slack/town.ts';
import type { TestDatabase } from '../database.ts';
import { openWorld, post } from '../pipeline/world.ts';
import type { World } from '../pipeline/world.ts';

export const TOKEN = 'correct-horse-battery';

/** A console that a Discord and a Slack sign people in to, with a community of each and one more of Discord. */
export interface Place {
  world: World;
  discord: Town;
  slack: SlackTown;
  server: Console;
  elsewhere: string;
  close(): Promise<void>;
}

export async function openPlace(create: () => Promise<TestDatabase>): Promise<Place> {
  const [world, discord, slack] = [await openWorld(create), await openTown(), await openSlackTown()];
  const { oauth } = discord.server;
  const elsewhere = discord.server.world.addGuild('Elsewhere').id;
  const config = loadConfig({
    DISCORD_API_URL: discord.server.url,
    DISCORD_CLIENT_ID: oauth.clientId,
    DISCORD_CLIENT_SECRET: oauth.clientSecret,
    SLACK_API_URL: slack.server.url,
    SLACK_APP_TOKEN: APP_TOKEN,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_CLIENT_ID: slack.server.clientId,
    SLACK_CLIENT_SECRET: slack.server.clientSecret,
  });
  const stopping = new AbortController();
  const parts = { ...world, log: SILENT, signal: stopping.signal };
  const server = createConsole({
    port: 0,
    access: await consoleAccess(new Secret(TOKEN), config, parts),
    desk: communityDesk(parts),
  });
  await server.start();
  oauth.redirects.add(`${server.url}/sign-in/discord/callback`);
  const served: CommunityAddress[] = [
    { platform: 'discord', community: discord.guild.id },
    { platform: 'discord', community: elsewhere },
    { platform: 'slack', community: slack.team.id },
  ];
  for (const [i, each] of served.entries()) {
    await world.moderation.changeSettings(each, { mode: 'review' }, 'ada');
    await world.moderation.receive([post(`m${i}`, `en: a secret word ${i} 90%`, each)]);
  }
  await world.moderation.changeSettings(served[2]!, { reviewChannel: slack.review.id }, 'ada');
  return {
    world,
    discord,
    slack,
    server,
    elsewhere,
    async close() {
      stopping.abort();
      await server.stop();
      await world.close();
      await discord.close();
      await slack.close();
    },
  };
}

/** A browser without a window: cookies, and redirects one at a time. */
export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async get(address: string, method = 'GET'): Promise<Response> {
    const url = new URL(address, this.#url);
    const own = url.origin === this.#url;
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(own && cookie !== '' && { cookie }) };
    const response = await fetch(url, { method, headers, redirect: 'manual' });
    if (!own) return response;
    for (const each of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(each)!;
      if (value === '') this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    return response;
  }

  /** Follows the whole way, to the page at its end. */
  async follow(address: string): Promise<{ status: number; path: string; text: string }> {
    let at = address;
    for (;;) {
      const response = await this.get(at);
      const next = response.headers.get('location');
      if (next === null)
        return { status: response.status, path: new URL(at, this.#url).pathname, text: await response.text() };
      at = new URL(next, new URL(at, this.#url)).href;
    }
  }

  get cookie(): string | undefined {
    return this.#cookies.get('evenkeel-session');
  }

  json(address: string): Promise<unknown> {
    return this.get(address).then((response) => (response.ok ? response.json() : response.status));
  }
}
