import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Json } from '../../discord/server/json.ts';
import type { SocketMode } from './socket-mode.ts';

export type EnvelopeKind = 'events_api' | 'interactive' | 'slash_commands';

/** An app must acknowledge within 3 s. */
const ACK_MS = 3000;
/** Requests that are under way at once, as a large sender has it: more of them wait here, on nobody's clock. */
const MOST_CONNECTIONS = 64;

interface Attempt {
  number: number;
  reason: string;
}

/** Tells the app what happens: over Socket Mode, or in signed requests to its address. */
export class Delivery {
  readonly #socket: SocketMode;
  readonly #violations: string[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  /** The app's address; null delivers over Socket Mode. */
  target: string | null = null;
  signingSecret = 'shhh';
  /** When what was not acknowledged comes again. Slack: at once, after a minute, after five. */
  retryMs: readonly number[] = [0, 60_000, 300_000];
  /** How long each acknowledgement took, in ms. */
  readonly ackMs: number[] = [];
  /** Attempts by how they failed. */
  readonly failures: string[] = [];
  /** Events that no attempt delivered. */
  undelivered = 0;
  /** Those still on their way. */
  pending = 0;

  constructor(socket: SocketMode, violations: string[]) {
    this.#socket = socket;
    this.#violations = violations;
  }

  /** An event, tried again until it is acknowledged or Slack gives up. */
  async event(body: Json): Promise<boolean> {
    this.pending += 1;
    try {
      for (let number = 0, reason = ''; ; number += 1) {
        try {
          await this.#attempt('events_api', body, number === 0 ? null : { number, reason });
          return true;
        } catch (error) {
          reason = error instanceof Error ? error.message : String(error);
          this.failures.push(reason);
        }
        const wait = this.retryMs[number];
        if (wait === undefined) {
          this.undelivered += 1;
          return false;
        }
        await new Promise((resolve) => void setTimeout(resolve, wait));
      }
    } finally {
      this.pending -= 1;
    }
  }

  /** What a person did: tried once. */
  interaction(kind: 'interactive' | 'slash_commands', payload: Json): Promise<Json | null> {
    return this.#attempt(kind, payload, null);
  }

  /** A signed request as Slack makes it, which tests may forge. */
  async post(
    body: string,
    type: string,
    {
      at = Date.now(),
      secret = this.signingSecret,
      headers = {},
    }: { at?: number; secret?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return fetch(this.target!, {
      method: 'POST',
      headers: { 'Content-Type': type, ...signed(body, secret, at), ...headers },
      body,
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #attempt(kind: EnvelopeKind, payload: Json, retry: Attempt | null): Promise<Json | null> {
    let begun = performance.now();
    const { promise: late, reject } = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    /** The clock runs from the moment when the app could know of it. */
    const sent = (): void => {
      begun = performance.now();
      timer = setTimeout(() => {
        this.#violations.push(`${kind} was not acknowledged within 3 s`);
        reject(new Error('timeout'));
      }, ACK_MS);
    };
    try {
      if (this.target === null) sent();
      const answered =
        this.target === null ? this.#overSocket(kind, payload, retry) : this.#overHttp(kind, payload, retry, sent);
      const body = await Promise.race([answered, late]);
      this.ackMs.push(performance.now() - begun);
      return body;
    } finally {
      clearTimeout(timer);
    }
  }

  #overSocket(kind: EnvelopeKind, payload: Json, retry: Attempt | null): Promise<Json | null> {
    const more = kind === 'events_api' ? { retry_attempt: retry?.number ?? 0, retry_reason: retry?.reason ?? '' } : {};
    return this.#socket.send(kind, payload, more);
  }

  async #overHttp(kind: EnvelopeKind, payload: Json, retry: Attempt | null, sent: () => void): Promise<Json | null> {
    const form = 'application/x-www-form-urlencoded';
    const [body, type] =
      kind === 'events_api'
        ? [JSON.stringify(payload), 'application/json']
        : kind === 'interactive'
          ? [String(new URLSearchParams({ payload: JSON.stringify(payload) })), form]
          : [String(new URLSearchParams(payload as Record<string, string>)), form];
    const headers: Record<string, string> =
      retry === null
        ? {}
        : { 'X-Slack-Retry-Num': String(retry.number), 'X-Slack-Retry-Reason': retry.reason.replaceAll(/\W+/g, '_') };
    const asked = request(this.target!, { method: 'POST', agent: this.#agent });
    const signature = signed(body, this.signingSecret, Date.now());
    for (const [name, value] of Object.entries({ 'Content-Type': type, ...signature, ...headers }))
      asked.setHeader(name, value);
    asked.once('finish', sent);
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== 200) throw new Error(`http_error ${response.statusCode}`);
    if (answer === '') return null;
    return response.headers['content-type']?.includes('json') === true
      ? (JSON.parse(answer) as Json)
      : { text: answer };
  }
}

/** What Slack signs a body with: docs.slack.dev/authentication/verifying-requests-from-slack. */
function signed(body: string, secret: string, at: number): Record<string, string> {
  const seconds = String(Math.floor(at / 1000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')}`;
  return { 'X-Slack-Signature': signature, 'X-Slack-Request-Timestamp': seconds };
}
