import { SocketModeReceiver } from '@slack/bolt';
import type { App, Logger as BoltLogger, ReceiverEvent, webApi } from '@slack/bolt';
import { reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { withoutSecrets } from './bolt-log.ts';
import { explained } from './explained.ts';
import { isPassing, pause, retryAfter } from './patience.ts';

/** Slack takes ten connections of an app and sends each event to one of them; with two, one may be away for a moment. */
const CONNECTIONS = 2;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
const GOODBYE_MS = 1000;

export interface SocketLineOptions {
  appToken: Secret<string>;
  clientOptions: webApi.WebClientOptions;
  onEvent: (event: ReceiverEvent) => Promise<void>;
  /** There was a time without any connection, which ends now. */
  onGap: () => void;
  connections?: number;
  log: Logger;
  boltLog: BoltLogger;
}

/**
 * Socket Mode over several connections of Bolt's receiver. What Bolt would do after a connection ends is done here instead:
 * it waits five seconds and more, and a refusal then ends the process.
 */
export class SocketLine {
  readonly #options: SocketLineOptions;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #connected = 0;

  constructor(options: SocketLineOptions) {
    this.#options = options;
  }

  /** Resolves once one connection is there; rejects where Slack refuses it. */
  async open(): Promise<void> {
    const { connections = CONNECTIONS } = this.#options;
    const first = this.#makeReceiver();
    try {
      await first.start();
    } catch (error) {
      await end(first).catch(() => {});
      throw explained(error, 'SLACK_APP_TOKEN');
    }
    this.#cameUp();
    this.#loops.push(this.#keep(first, true));
    for (let more = 1; more < connections; more += 1) this.#loops.push(this.#keep(this.#makeReceiver(), false));
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
  }

  /** One connection after another, as long as nobody stops it. */
  async #keep(receiver: SocketModeReceiver, connected: boolean): Promise<void> {
    const { signal } = this.#stopping;
    const { log } = this.#options;
    for (let up = connected, failures = 0; !signal.aborted;) {
      if (up) {
        await this.#untilEnded(receiver);
        this.#connected -= 1;
        up = false;
        if (!signal.aborted) log.info('a connection of Socket Mode ended', { left: this.#connected });
        continue;
      }
      try {
        await receiver.start();
        up = true;
        failures = 0;
        this.#cameUp();
      } catch (error) {
        failures += 1;
        const waitMs =
          (retryAfter(error) ?? 0) * 1000 || Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
        const reason = withoutSecrets(reasonOf(error));
        if (isPassing(error)) log.warn('Socket Mode cannot connect', { reason, waitMs });
        else log.error('Slack refuses Socket Mode', { reason: explained(error, 'SLACK_APP_TOKEN').message, waitMs });
        await pause(waitMs, signal);
      }
    }
    await end(receiver);
    if (this.#connected > 0) this.#connected -= 1;
  }

  #cameUp(): void {
    this.#connected += 1;
    this.#options.log.info('Socket Mode connected', { connections: this.#connected });
    if (this.#connected === 1) this.#options.onGap();
  }

  #untilEnded({ client }: SocketModeReceiver): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#stopping;
    const ended = (): void => resolve();
    client.once('disconnected', ended);
    signal.addEventListener('abort', ended);
    if (signal.aborted) ended();
    return promise.finally(() => {
      client.off('disconnected', ended);
      signal.removeEventListener('abort', ended);
    });
  }

  #makeReceiver(): SocketModeReceiver {
    const { appToken, boltLog, clientOptions, onEvent, log } = this.#options;
    const receiver = new SocketModeReceiver({
      appToken: appToken.reveal(),
      logger: boltLog,
      autoReconnectEnabled: false,
      installerOptions: { clientOptions },
      processEventErrorHandler: ({ error }) => {
        log.error('an envelope of Slack was not understood', { reason: withoutSecrets(reasonOf(error)) });
        return Promise.resolve(false);
      },
    });
    receiver.init({ processEvent: onEvent } as unknown as App);
    onlyEnvelopes(receiver, log);
    return receiver;
  }
}

/** Bolt reads every message as an envelope, and what is none ends the process. */
function onlyEnvelopes({ client }: SocketModeReceiver, log: Logger): void {
  const readers = client.listeners('ws_message') as ((data: unknown, isBinary: boolean) => Promise<void>)[];
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: boolean) => {
    if (!isEnvelope(data)) return log.warn('ignored what is no envelope of Slack');
    for (const read of readers) {
      read(data, isBinary).catch((error: unknown) =>
        log.error('an envelope of Slack was not understood', { reason: withoutSecrets(reasonOf(error)) }),
      );
    }
  });
}

function isEnvelope(data: unknown): boolean {
  if (typeof data !== 'string') return false;
  try {
    const { type, payload } = JSON.parse(data) as { type?: unknown; payload?: { event?: { type?: unknown } } };
    if (type !== 'events_api') return typeof type === 'string';
    return payload?.event === undefined ? typeof payload === 'object' : typeof payload.event.type === 'string';
  } catch {
    return false;
  }
}

/** Bolt waits half a minute for a peer that does not say goodbye; nobody else has to. */
async function end({ client }: SocketModeReceiver): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, GOODBYE_MS);
  await Promise.race([client.disconnect(), promise]);
  clearTimeout(timer);
}
