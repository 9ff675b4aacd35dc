import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HTTPModuleFunctions as bolt, HTTPResponseAck } from '@slack/bolt';
import type { Logger as BoltLogger, ReceiverEvent } from '@slack/bolt';
import { EvenkeelError, messageOf, reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { withoutSecrets } from './bolt-log.ts';
import { fieldsOf } from './fields.ts';
import type { Fields } from './fields.ts';
import { Recent } from './recent.ts';

const EVENTS_PATH = '/slack/events';

/** Slack's own payloads are far below: a view has at most 250 KB. */
const MOST_BYTES = 1_048_576;
/** A signature is good for five minutes, before and after its time. */
const TOLERANCE_S = 300;
const ACK_MS = 3001;
const REQUEST_MS = 10_000;

export interface HttpDoorOptions {
  host: string | undefined;
  port: number;
  /** Null takes no events here: they come over Socket Mode. */
  signingSecret: Secret<string> | null;
  /** Pages of the installation; false where the address is not one of them. */
  pages: (request: IncomingMessage, response: ServerResponse) => boolean;
  onEvent: (event: ReceiverEvent) => Promise<void>;
  log: Logger;
  boltLog: BoltLogger;
}

/**
 * Takes Slack's signed requests. Bolt's own server is not used for them: it ends the process at a signed body that is
 * `null`, takes signatures of any time to come, and lets a request be played again.
 */
export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #answered = new Recent(2 * TOLERANCE_S * 1000);
  #server: Server | null = null;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
  }

  /** Where it listens; empty before. */
  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    if (address === null || address === undefined) return '';
    const host = address.address === '::' || address.address === '0.0.0.0' ? '127.0.0.1' : address.address;
    return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  async open(): Promise<void> {
    const { host, port } = this.#options;
    const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => this.#serve(request, response));
    this.#server = server;
    server.listen({ port, ...(host !== undefined && { host }) });
    try {
      await once(server, 'listening');
    } catch (error) {
      this.#server = null;
      throw new EvenkeelError('network', `Slack's requests cannot be taken on port ${port}: ${messageOf(error)}`, {
        hint: 'Choose another port with SLACK_PORT, or stop what uses this one.',
        cause: error,
      });
    }
    this.#options.log.info('takes requests of Slack', { url: `${this.url}${EVENTS_PATH}` });
  }

  /** Resolves when the answers in hand are given. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.close();
    server.closeIdleConnections();
    await once(server, 'close');
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    void this.#answer(request, response).catch((error: unknown) =>
      this.#fail(response, 'a request of Slack failed', error),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = URL.parse(request.url ?? '/', 'http://localhost')?.pathname;
    if (path === EVENTS_PATH && this.#options.signingSecret !== null) {
      if (request.method === 'POST') return this.#take(request, response, this.#options.signingSecret);
      return this.#refuse(response, 405);
    }
    if (request.method === 'GET' && this.#options.pages(request, response)) return;
    this.#refuse(response, 404);
  }

  async #take(request: IncomingMessage, response: ServerResponse, secret: Secret<string>): Promise<void> {
    const verified = await this.#verify(request, secret);
    if (typeof verified === 'number') return this.#refuse(response, verified, request);
    const body = bodyOf(verified.buffered);
    if (body === null) return this.#refuse(response, 400, request);
    if (body['ssl_check'] === '1') return bolt.buildSSLCheckResponse(response);
    if (body['type'] === 'url_verification') return bolt.buildUrlVerificationResponse(response, body);
    const { boltLog, onEvent } = this.#options;
    const ack = new HTTPResponseAck({
      logger: boltLog,
      processBeforeResponse: false,
      unhandledRequestTimeoutMillis: ACK_MS,
      httpRequest: verified.buffered,
      httpRequestBody: body,
      httpResponse: response,
    });
    const answer = ack.bind();
    let answered = false;
    const acknowledge: ReceiverEvent['ack'] = (said) => {
      answered = true;
      return answer(said);
    };
    response.on('finish', () => {
      if (response.statusCode === 200 && verified.signature !== '') this.#answered.add(verified.signature);
    });
    const number = bolt.extractRetryNumFromHTTPRequest(request);
    const reason = bolt.extractRetryReasonFromHTTPRequest(request);
    try {
      await onEvent({
        body,
        ack: acknowledge,
        ...(number !== undefined && { retryNum: number }),
        ...(reason !== undefined && { retryReason: reason }),
      });
      // Nothing of ours is asked by it: Slack need not repeat it.
      if (!answered) await acknowledge();
    } catch (error) {
      ack.ack();
      this.#fail(response, 'a request of Slack was not understood', error);
    }
  }

  /** The status to refuse it with, where it is not from Slack. */
  async #verify(request: IncomingMessage, secret: Secret<string>): Promise<number | Verified> {
    if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return 413;
    const signingSecret = secret.reveal();
    try {
      const buffered = await bolt.parseAndVerifyHTTPRequest({ signingSecret, bodyLimit: MOST_BYTES }, request);
      const signature = String(request.headers['x-slack-signature'] ?? '');
      const ahead = Number(request.headers['x-slack-request-timestamp']) - Date.now() / 1000;
      if (ahead > TOLERANCE_S || this.#answered.has(signature)) return 401;
      return { buffered, signature };
    } catch (error) {
      return bolt.isRawBodyError(error) ? error.statusCode : 401;
    }
  }

  /** With a number by which the log's line is found. */
  #fail(response: ServerResponse, what: string, error: unknown): void {
    const id = randomUUID();
    this.#options.log.error(what, { request: id, reason: withoutSecrets(reasonOf(error)) });
    if (!response.headersSent) response.setHeader('X-Request-Id', id);
    this.#refuse(response, 500);
  }

  #refuse(response: ServerResponse, status: number, request?: IncomingMessage): void {
    if (request !== undefined) {
      const from = request.socket.remoteAddress;
      this.#options.log.warn('refused a request', { status, from, bytes: request.headers['content-length'] });
    }
    if (response.headersSent) return;
    // What is still coming in is not worth waiting for.
    response.writeHead(status, { 'Content-Length': '0', ...(status === 413 && { Connection: 'close' }) }).end();
  }
}

type Buffered = Awaited<ReturnType<typeof bolt.parseAndVerifyHTTPRequest>>;
interface Verified {
  buffered: Buffered;
  signature: string;
}

/** Null for what is no object. Bolt takes a form for JSON where its type says anything more, such as a charset. */
function bodyOf({ rawBody, headers }: Buffered): Fields | null {
  const text = rawBody.toString();
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '');
  try {
    if (!isForm) return fieldsOf(JSON.parse(text));
    const form = Object.fromEntries(new URLSearchParams(text));
    return form['payload'] === undefined ? form : fieldsOf(JSON.parse(form['payload']));
  } catch {
    return null;
  }
}
