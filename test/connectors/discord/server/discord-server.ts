import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationFlags, GatewayIntentBits } from 'discord.js';
import type { APIMessage, InteractionType } from 'discord.js';
import { ApiError, invalidForm } from './api-error.ts';
import { Faults, refusalOf } from './faults.ts';
import { Gateway } from './gateway.ts';
import { channelData, GuildWorld } from './guild-world.ts';
import type { WorldChannel, WorldGuild } from './guild-world.ts';
import { InteractionDesk } from './interaction-desk.ts';
import type { Asked } from './interaction-desk.ts';
import { textOf } from './json.ts';
import type { Json } from './json.ts';
import { OAuth } from './oauth.ts';
import { openapiFaults } from './openapi.ts';
import { isLaidOut, missingStatus, plainEvent } from './plain.ts';
import { RateLimits } from './rate-limits.ts';
import { ROUTES } from './routes.ts';
import type { ServerState } from './server-state.ts';

export const TOKEN = 'MTIz.test.token';

/**
 * A Discord of one's own on this machine: REST, gateway and interactions as developers/docs describe them, with every
 * request held against the documented limits. What the bot does wrong is in `violations`, and refused.
 */
export class DiscordServer implements ServerState {
  readonly world = new GuildWorld();
  readonly limits = new RateLimits();
  readonly faults = new Faults();
  readonly violations: string[] = [];
  readonly auditLog: { action: string; target: string; reason: string | null }[] = [];
  readonly nonces = new Map<string, string>();
  /** Every request in order, as `POST /channels/1/messages 200`. */
  readonly requests: string[] = [];
  readonly gateway: Gateway;
  readonly desk: InteractionDesk;
  readonly oauth = new OAuth(this.world);
  commands: Record<string, unknown>[] = [];
  applicationFlags: number = ApplicationFlags.GatewayMessageContentLimited;
  /** REST base, as DISCORD_API_URL takes it. */
  url = '';
  gatewayUrl = '';
  readonly #http = createServer((request, response) => void this.#serve(request, response));
  /** A plain server has its gateway on another port. */
  readonly #second = createServer();
  readonly plain: boolean;

  /** `plain`: the least that a server can do and still be one; what it lacks is in plain.ts. */
  constructor({ plain = false }: { plain?: boolean } = {}) {
    this.plain = plain;
    const privileged = GatewayIntentBits.MessageContent;
    this.gateway = new Gateway(this.world, {
      token: TOKEN,
      privileged,
      heartbeatMs: 45_000,
      shards: 1,
      identifies: 1000,
    });
    this.world.emit = (guild, event, data) => this.gateway.dispatch(guild, event, data);
    this.desk = new InteractionDesk(this.violations, ({ channel_id, id }, data) => {
      const { allowed_mentions: _mentions, ...change } = data;
      const channel = this.world.findChannel(channel_id);
      // Ephemeral messages are in no channel: only the person who asked has them.
      if (channel?.messages.has(id) === true) this.world.edit(channel, id, change);
    });
    this.gateway.attach(plain ? this.#second : this.#http);
    if (plain) this.gateway.shape = plainEvent;
  }

  async start(): Promise<void> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.#second.listen(0, '127.0.0.1');
    await once(this.#second, 'listening');
    const hostOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = hostOf(this.plain ? this.#second : this.#http);
    this.url = `http://${hostOf(this.#http)}/api`;
    this.gatewayUrl = `ws://${gateway}/gateway${this.plain ? '/?v=9&encoding=json' : ''}`;
    this.gateway.resumeUrl = `ws://${gateway}/resume`;
  }

  async stop(): Promise<void> {
    this.gateway.close();
    for (const server of [this.#http, this.#second]) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  }

  /** Someone uses a command, presses a button or submits a modal; `data` as the API gives it. */
  interact(
    type: InteractionType,
    guild: WorldGuild,
    channel: WorldChannel,
    user: string,
    data: Record<string, unknown>,
    { message, locale = 'en-US' }: { message?: APIMessage; locale?: string } = {},
  ): Asked {
    const asked = this.desk.open(type, message ?? null);
    const member = guild.members.get(user)!;
    const permissions = String(this.world.permissionsOf(guild, user, channel));
    this.gateway.dispatch(guild.id, 'INTERACTION_CREATE', {
      id: asked.id,
      application_id: this.world.bot.id,
      type,
      token: asked.token,
      version: 1,
      guild_id: guild.id,
      channel_id: channel.id,
      channel: channelData(channel),
      member: { ...member, permissions },
      app_permissions: String(this.world.permissionsOf(guild, this.world.bot.id, channel)),
      locale,
      guild_locale: guild.locale,
      entitlements: [],
      authorizing_integration_owners: { 0: guild.id },
      context: 0,
      data,
      ...(message && { message }),
    });
    return asked;
  }

  refuse(what: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    this.violations.push(...faults.map((fault) => `${what}: ${fault}`));
    throw invalidForm(faults);
  }

  violation(fault: string): ApiError {
    this.violations.push(fault);
    return invalidForm([fault]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request;
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const path = decodeURIComponent(pathname).replace(/^\/api\/v10/, '');
    const body = await bodyOf(request);
    if (path === '/oauth2/authorize') {
      const back = this.oauth.authorize(searchParams);
      if (typeof back === 'string') response.writeHead(400, { 'Content-Type': 'text/plain' }).end(back);
      else response.writeHead(302, { Location: back.href }).end();
      return;
    }
    try {
      const fault = this.faults.take(method, path);
      if (fault === 'reset') return void request.socket.destroy();
      const refusal = fault === null ? null : refusalOf(fault);
      if (refusal !== null) throw refusal;
      const { headers, result } = this.#answer(request, method, path, searchParams, body);
      this.requests.push(`${method} ${path} ${result === undefined ? 204 : 200}`);
      if (fault === 'lost') return void request.socket.destroy();
      if (result === undefined) response.writeHead(204, headers).end();
      else response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify(result));
    } catch (error) {
      const { status, code, message, headers } =
        error instanceof ApiError ? error : new ApiError(500, 0, `the test server failed: ${String(error)}`);
      if (!(error instanceof ApiError))
        this.violations.push(`${method} ${path}: ${error instanceof Error ? error.stack : String(error)}`);
      this.requests.push(`${method} ${path} ${status}`);
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({
          message,
          code,
          ...(status === 429 && {
            retry_after: Number(headers['Retry-After']),
            global: 'X-RateLimit-Global' in headers,
          }),
        }),
      );
    }
  }

  #answer(
    request: IncomingMessage,
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ) {
    const missing = this.plain ? missingStatus(method, path) : null;
    if (missing !== null) throw new ApiError(missing, 0, 'no such thing here');
    if (this.plain && isLaidOut(body)) throw new ApiError(400, 50035, 'Invalid Form Body');
    // The document has the API of bots; how people sign in is in topics/oauth2.
    if (!path.startsWith('/oauth2/token')) this.refuse('openapi', openapiFaults(method, path, body));
    for (const route of ROUTES) {
      const found = route.method === method ? route.path.exec(path) : null;
      if (found === null) continue;
      const bucket = `${method} ${path.split('/').slice(0, 3).join('/')} ${route.path.source}`;
      const headers = this.limits.take(bucket, route.interaction !== true);
      const reason = request.headers['x-audit-log-reason'];
      const result = route.answer(this, {
        params: found.slice(1),
        query,
        body,
        reason: typeof reason === 'string' ? decodeURIComponent(reason) : null,
        authorized: request.headers.authorization === `Bot ${TOKEN}`,
        authorization: request.headers.authorization ?? '',
      });
      return { headers: this.plain ? {} : headers, result };
    }
    throw this.violation(`asked for ${method} ${path}, which this Discord does not have`);
  }
}

/** JSON, or a form with files beside it: `files` holds them by name. */
async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(body, { headers: { 'Content-Type': type } }).formData();
    const files: Record<string, string> = {};
    for (const value of form.values()) if (value instanceof File) files[value.name] = await value.text();
    return { ...(JSON.parse(textOf(form.get('payload_json'))) as Json), files };
  }
  const text = body.toString();
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
