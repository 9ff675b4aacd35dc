import { App } from '@slack/bolt';
import type { ReceiverEvent } from '@slack/bolt';
import { EvenkeelError, reasonOf } from '../../runtime/errors.ts';
import { SILENT } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import type { SlackOAuth, SlackTransport } from '../../runtime/slack-settings.ts';
import type { Connector } from '../connector.ts';
import type { Moderation } from '../moderation.ts';
import { boltLog, withoutSecrets } from './bolt-log.ts';
import { readEnvelope } from './events.ts';
import { createFront } from './front.ts';
import { HttpDoor } from './http-door.ts';
import { createInstallPages } from './install-pages.ts';
import type { KeptInstallations } from './installations.ts';
import { SlackIntake } from './intake.ts';
import { SocketLine } from './socket-line.ts';
import { Workspaces } from './workspaces.ts';

export interface SlackConnectorOptions {
  moderation: Moderation;
  /** `https://slack.com/api/` */
  apiUrl: string;
  /** The app in one workspace; null where it is installed in many. */
  botToken: Secret<string> | null;
  /** A token of an administrator's, to delete posts with. */
  userToken?: Secret<string> | null;
  transport: SlackTransport;
  /** Where people install the app themselves, and what keeps their installations. */
  oauth?: SlackOAuth | null;
  installations?: KeptInstallations | null;
  log?: Logger;
}

export interface SlackConnector extends Connector {
  /** Where requests of Slack and of whoever installs the app are taken; empty where there are none. */
  url(): string;
}

/** Slack: an app over Socket Mode or signed requests, whose moderators work in cards, commands, modals and its Home. */
export function createSlackConnector(options: SlackConnectorOptions): SlackConnector {
  const {
    moderation,
    apiUrl,
    botToken,
    userToken = null,
    oauth = null,
    installations = null,
    transport,
    log = SILENT,
  } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const forBolt = boltLog(log);
  const workspaces = new Workspaces({ apiUrl, botToken, userToken, installations, log, boltLog: forBolt, signal });
  const intake = new SlackIntake({ moderation, workspaces, log });
  const front = createFront({ moderation, workspaces, apiUrl, log, signal });
  const working = new Set<Promise<void>>();

  const app = new App({
    receiver: { init: () => {}, start: () => Promise.resolve(), stop: () => Promise.resolve() },
    authorize: workspaces.authorize,
    clientOptions: workspaces.clientOptions,
    logger: forBolt,
    convoStore: false,
    ignoreSelf: false,
  });
  app.error((error) => {
    log.error('a request of Slack failed', { reason: withoutSecrets(reasonOf(error)) });
    return Promise.resolve();
  });

  front.listen(app);

  /** What happened is acknowledged before anything is done with it; what people ask is Bolt's to sort. */
  async function heard(event: ReceiverEvent): Promise<void> {
    // Not acknowledged, so it comes again.
    if (signal.aborted) throw stopped();
    const envelope = readEnvelope(event.body);
    if (envelope === null) return ask(event);
    await event.ack();
    keep(intake.take(envelope));
  }

  /** What Bolt cannot read would only come again, so it is acknowledged all the same. */
  async function ask(event: ReceiverEvent): Promise<void> {
    try {
      await app.processEvent(event);
    } catch (error) {
      log.error('a request of Slack was not understood', { reason: withoutSecrets(reasonOf(error)) });
      await event.ack();
    }
  }

  function keep(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => log.error('an event of Slack failed', { reason: withoutSecrets(reasonOf(error)) }))
      .finally(() => working.delete(kept));
    working.add(kept);
  }

  const onGap = (): void => keep(intake.cameBack());
  const pages =
    oauth === null || installations === null
      ? null
      : createInstallPages(oauth, {
          kept: installations,
          onInstalled: (id) => keep(intake.installed(id)),
          apiUrl,
          clientOptions: workspaces.clientOptions,
          boltLog: forBolt,
        });
  if (pages !== null) workspaces.findToken = pages.findToken;
  const open = transport.kind === 'http' ? transport : oauth;
  const door =
    open === null
      ? null
      : new HttpDoor({
          host: open.host,
          port: open.port,
          signingSecret: transport.kind === 'http' ? transport.signingSecret : null,
          pages: (request, response) => pages?.serve(request, response) ?? false,
          onEvent: heard,
          log,
          boltLog: forBolt,
        });
  const line =
    transport.kind === 'socket'
      ? new SocketLine({
          ...transport,
          clientOptions: workspaces.clientOptions,
          onEvent: heard,
          onGap,
          log,
          boltLog: forBolt,
        })
      : null;

  return {
    platform: 'slack',
    url: () => door?.url ?? '',
    async start() {
      await workspaces.all();
      await door?.open();
      if (line === null) return onGap();
      try {
        await line.open();
      } catch (error) {
        await door?.close();
        throw error;
      }
    },
    async stop() {
      await Promise.all([line?.close(), door?.close()]);
      await front.idle();
      stopping.abort();
      await intake.stop();
      await Promise.all(working);
    },
    show: front.show,
    showSummary: front.showSummary,
    showReport: front.showReport,
    examine: front.examine,
  };
}

function stopped(): EvenkeelError {
  return new EvenkeelError('network', 'This process takes no more of Slack: it is stopping', {
    hint: 'Slack repeats it.',
  });
}
