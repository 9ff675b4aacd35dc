import { createSlackConnector } from '../../../src/connectors/slack/connector.ts';
import type { SlackConnectorOptions } from '../../../src/connectors/slack/connector.ts';
import type { Connector } from '../../../src/connectors/connector.ts';
import { Secret } from '../../../src/runtime/secrets.ts';
import { APP_TOKEN, SlackServer } from './server/slack-server.ts';
import type { SlackChannel, SlackTeam, SlackUser } from './server/world.ts';

export type SlackMode = 'socket' | 'http';

/** A Slack with one workspace that the app is installed in. */
export interface SlackTown {
  server: SlackServer;
  team: SlackTeam;
  token: string;
  general: SlackChannel;
  /** Where cards go: private, and the moderator and the administrator are in it. */
  review: SlackChannel;
  member: SlackUser;
  moderator: SlackUser;
  /** Of the workspace. */
  admin: SlackUser;
  /** A connector to it, not started. */
  connect(
    moderation: SlackConnectorOptions['moderation'],
    more?: Partial<SlackConnectorOptions>,
  ): Connector & { url(): string };
  /** Throws what the bot did against Slack's rules. */
  close(): Promise<void>;
}

export async function openSlackTown(mode: SlackMode = 'socket'): Promise<SlackTown> {
  const server = new SlackServer();
  const { world } = server;
  const team = world.addTeam('Town');
  const general = world.addChannel(team, 'general');
  const review = world.addChannel(team, 'review', { private: true });
  const member = world.addUser(team, 'Ana');
  const moderator = world.addUser(team, 'Sam');
  const admin = world.addUser(team, 'Ida', { admin: true });
  for (const { id } of [member, moderator, admin]) general.members.add(id);
  for (const { id } of [moderator, admin]) review.members.add(id);
  const token = server.install(team);
  await server.start();
  server.delivery.retryMs = [20, 200, 1000];
  const transport =
    mode === 'socket'
      ? ({ kind: 'socket', appToken: new Secret(APP_TOKEN) } as const)
      : ({
          kind: 'http',
          signingSecret: new Secret(server.delivery.signingSecret),
          host: '127.0.0.1',
          port: 0,
        } as const);
  return {
    server,
    team,
    token,
    general,
    review,
    member,
    moderator,
    admin,
    connect(moderation, more = {}): Connector & { url(): string } {
      const connector = createSlackConnector({
        moderation,
        apiUrl: server.url,
        botToken: new Secret(token),
        transport,
        ...more,
      });
      if (mode === 'socket') return connector;
      return {
        ...connector,
        async start() {
          await connector.start();
          server.delivery.target = `${connector.url()}/slack/events`;
        },
      };
    },
    async close() {
      await server.stop();
      if (server.violations.length > 0)
        throw new Error(`The bot broke Slack's rules:\n${server.violations.join('\n')}`);
    },
  };
}

/** Resolves once something holds. It is looked at again whenever the event loop comes around. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
}
