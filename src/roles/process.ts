import type { Classifier } from '../classifier/classifier.ts';
import { createLocalConnector, LOCAL_PAGE } from '../connectors/local/connector.ts';
import type { LocalConnector } from '../connectors/local/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Moderation } from '../connectors/moderation.ts';
import { createApiAccess } from '../console/api/api-access.ts';
import type { ApiAccess, ApiKey, FindApiKey } from '../console/api/api-access.ts';
import { classifyRoutes } from '../console/api/classify.ts';
import { inferenceProtocolRoutes } from '../console/api/inference-protocol.ts';
import { isLoopback } from '../console/guard.ts';
import { createConsole } from '../console/server.ts';
import { locateBase } from '../model/base.ts';
import { baseKey } from '../model/base-key.ts';
import type { Platform } from '../domain/message.ts';
import type { StoredVerdict } from '../pipeline/classify.ts';
import type { Classify } from '../domain/verdict.ts';
import type { Config } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { HttpRoute } from '../runtime/http-route.ts';
import type { Logger } from '../runtime/log.ts';
import { createMetrics } from '../runtime/metrics.ts';
import type { Keys, Secret } from '../runtime/secrets.ts';
import { bothOpened } from '../runtime/service.ts';
import type { ServiceStack } from '../runtime/service.ts';
import { installationsOf } from '../store/installations.ts';
import { followAdapters } from './adapter-feed.ts';
import { findApiKey } from '../store/api-keys.ts';
import { answers } from '../store/database.ts';
import { loadClassifier, runClassifier } from './classifier.ts';
import { runConnector } from './connector.ts';
import { communityDesk, consoleAccess } from './console.ts';
import { countCards, countedClassify, countedModeration, countVerdicts, showBacklog } from './counted.ts';
import { openFoundation } from './foundation.ts';
import type { Foundation } from './foundation.ts';
import { gatedModeration } from './intake-gate.ts';
import { createLeasePool } from './leases.ts';
import { createModeration } from './moderation.ts';
import { createShedding } from './shedding.ts';

/** What runs in this process; null for what runs elsewhere. */
export interface Running {
  classifier: Classifier | null;
  local: LocalConnector | null;
  /** Other platforms that are connected. */
  platforms: readonly Platform[];
  /** Where the page is. */
  url: string | null;
}

/** What a process must not learn from its configuration alone. */
export interface ProcessSecrets {
  /** Encrypt flagged texts. */
  keys: Secret<Keys>;
  /** Asked for only where others can reach the server. */
  consoleToken: () => Secret<string>;
}

/** Runs the roles of one process, each on what stands below it; `stack` stops them in reverse. */
export async function runProcess(
  stack: ServiceStack,
  config: Config,
  { keys, consoleToken }: ProcessSecrets,
  log: Logger,
): Promise<Running> {
  const runs = (role: Config['roles'][number]): boolean => config.roles.includes(role);
  if (runs('connector') && !runs('console') && config.discord === null && config.slack === null)
    throw nothingToConnect();
  // Read before anything is opened, so that a wrong one stops the start at once.
  const token = isPublic(config) ? consoleToken() : null;
  const metrics = createMetrics();
  // The one waits for files and other processes, the other for threads: a start is as long as the longer.
  const [foundation, classifier] = await bothOpened(
    openFoundation(stack, config, keys, log),
    runs('classifier') ? loadClassifier(stack, config, log.named('classifier')) : Promise.resolve(null),
  );
  showBacklog(metrics, foundation);

  const classify = classifier === null ? noClassifier : countedClassify(classifier.classify, metrics);
  if (classifier !== null) {
    const base = await locateBase(config);
    const served = { classifier, base, baseKey: await baseKey(base) };
    await followAdapters(stack, foundation.database, served, log.named('classifier'));
    const { overload, mostLagSeconds: mostSeconds } = config;
    const shedding = overload === 'shed' ? createShedding({ mostSeconds, log: log.named('classifier') }) : null;
    const onStored = (stored: readonly StoredVerdict[]): void => countVerdicts(metrics, stored);
    await runClassifier(stack, foundation, { classify }, { onStored, shedding });
  }
  if (runs('trainer')) {
    const { runTrainer } = await import('./trainer.ts');
    await runTrainer(stack, foundation, config, log.named('trainer'));
  }

  const taken = countedModeration(createModeration({ ...foundation, classify }), metrics);
  const gate = { ...foundation, log: log.named('intake'), signal: stack.signal, mostSeconds: config.mostLagSeconds };
  const moderation = config.overload === 'hold' ? gatedModeration(taken, gate) : taken;
  const local = runs('connector') && runs('console') ? localChat(moderation, log) : null;
  const others = runs('connector') ? await connectPlatforms(config, foundation, moderation, log) : [];
  for (const connector of [...(local === null ? [] : [local]), ...others]) {
    await runConnector(stack, foundation, connector, (drawn) => countCards(metrics, connector.platform, drawn));
  }
  const running = { classifier, local, platforms: others.map(({ platform }) => platform) };

  if (config.port === null) return { ...running, url: null };
  const find: FindApiKey = async (hash) => (await findApiKey(foundation.database.handle, hash)) as ApiKey | null;
  const access = createApiAccess({ find, required: token !== null });
  const parts = { ...foundation, moderation, log: log.named('console'), signal: stack.signal };
  const server = createConsole({
    host: config.host,
    port: config.port,
    hostNames: config.hostNames,
    ...(local && { page: LOCAL_PAGE }),
    routes: [...(local?.routes ?? []), ...(classifier === null ? [] : apiRoutes(classifier, classify, access))],
    health: async () => ({ roles: config.roles, model: classifier?.model, device: classifier?.device }),
    ready: () => answers(foundation.database),
    access: token === null ? null : await consoleAccess(token, config, parts),
    desk: communityDesk(parts),
    metrics,
    mayScrape: async (authorization) => (await access.refuse(authorization ?? null, 'metrics', 0)) === null,
    log: log.named('console'),
  });
  await stack.start('console', server);
  return { ...running, url: server.url };
}

/** Whether others can reach the server: by its address, or by a name that a proxy passes on. */
function isPublic({ port, host, hostNames }: Config): boolean {
  return port !== null && (!isLoopback(host) || hostNames.length > 0);
}

function apiRoutes({ model, adapters }: Classifier, classify: Classify, access: ApiAccess): HttpRoute[] {
  const api = { model, adapters, classify, access };
  return [...classifyRoutes(api), ...inferenceProtocolRoutes(api)];
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
    // Nobody else can have the embedded database open, and so nobody shares the bot's shards.
    const leases = database.exclusive ? null : createLeasePool({ database, log: log.named('leases') });
    connectors.push(createDiscordConnector({ moderation, ...discord, leases, log: log.named('discord') }));
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
