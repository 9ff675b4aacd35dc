import type { Classifier } from '../classifier/classifier.ts';
import { createLocalConnector, LOCAL_PAGE } from '../connectors/local/connector.ts';
import type { LocalConnector } from '../connectors/local/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Moderation } from '../connectors/moderation.ts';
import { createConsole } from '../console/server.ts';
import type { Platform } from '../domain/message.ts';
import type { Classify } from '../domain/verdict.ts';
import type { Config } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { Secret } from '../runtime/secrets.ts';
import type { ServiceStack } from '../runtime/service.ts';
import { installationsOf } from '../store/installations.ts';
import { loadClassifier, runClassifier } from './classifier.ts';
import { runConnector } from './connector.ts';
import { openFoundation } from './foundation.ts';
import type { Foundation } from './foundation.ts';
import { createModeration } from './moderation.ts';

/** What runs in this process; null for what runs elsewhere. */
export interface Running {
  classifier: Classifier | null;
  local: LocalConnector | null;
  /** Other platforms that are connected. */
  platforms: readonly Platform[];
  /** Where the page is. */
  url: string | null;
}

/** Runs the roles of one process, each on what stands below it; `stack` stops them in reverse. */
export async function runProcess(
  stack: ServiceStack,
  config: Config,
  key: Secret<Buffer>,
  log: Logger,
): Promise<Running> {
  const runs = (role: Config['roles'][number]): boolean => config.roles.includes(role);
  if (runs('connector') && !runs('console') && config.discord === null && config.slack === null)
    throw nothingToConnect();
  const foundation = await openFoundation(stack, config, key, log);

  const classifier = runs('classifier') ? await loadClassifier(stack, config, log.named('classifier')) : null;
  if (classifier !== null) await runClassifier(stack, foundation, classifier);

  const moderation = createModeration({ ...foundation, classify: classifier?.classify ?? noClassifier });
  const local = runs('connector') && runs('console') ? localChat(moderation, log) : null;
  if (local !== null) await runConnector(stack, foundation, local);
  const others = runs('connector') ? await connectPlatforms(config, foundation, moderation, log) : [];
  for (const connector of others) await runConnector(stack, foundation, connector);
  const running = { classifier, local, platforms: others.map(({ platform }) => platform) };

  if (!runs('console')) return { ...running, url: null };
  const page = createConsole({
    host: config.host,
    port: config.port,
    ...(local && { routes: local.routes, page: LOCAL_PAGE }),
    health: async () => ({ roles: config.roles, model: classifier?.model, device: classifier?.device }),
    log: log.named('console'),
  });
  await stack.start('console', page);
  return { ...running, url: page.url };
}

function localChat(moderation: Moderation, log: Logger): LocalConnector {
  return createLocalConnector({ moderation, log: log.named('local') });
}

/** The platforms that are set up. Their packages are loaded only then. */
async function connectPlatforms(
  { discord, slack }: Config,
  { database, seal }: Foundation,
  moderation: Moderation,
  log: Logger,
): Promise<Connector[]> {
  const connectors: Connector[] = [];
  if (discord !== null) {
    const { createDiscordConnector } = await import('../connectors/discord/connector.ts');
    connectors.push(createDiscordConnector({ moderation, ...discord, log: log.named('discord') }));
  }
  if (slack !== null) {
    const { createSlackConnector } = await import('../connectors/slack/connector.ts');
    const installations = slack.oauth === null ? null : installationsOf(database.handle, seal, 'slack');
    connectors.push(createSlackConnector({ moderation, ...slack, installations, log: log.named('slack') }));
  }
  return connectors;
}

const noClassifier: Classify = () =>
  Promise.reject(
    new EvenkeelError('config', 'This process cannot check a text: it does not run the role classifier', {
      hint: 'Add --role classifier to it.',
    }),
  );

function nothingToConnect(): EvenkeelError {
  return new EvenkeelError('config', 'The role connector has nothing to connect: no platform is set up', {
    hint: 'Set DISCORD_TOKEN or SLACK_BOT_TOKEN, or add --role console for the local chat, which is part of the page.',
  });
}
