import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { Delivery } from './delivery.ts';
import { Desk } from './desk.ts';
import { Faults } from './faults.ts';
import type { Fault } from './faults.ts';
import { METHODS } from './methods.ts';
import { invalid, SlackRefusal } from './slack-refusal.ts';
import type { Call, Grant, Method, ServerState, Upload } from './server-state.ts';
import { SocketMode } from './socket-mode.ts';
import { RateWindows } from './rate-windows.ts';
import { BOT_SCOPES } from './scopes.ts';
import { APP_ID, SlackWorld } from './world.ts';
import type { SlackTeam, SlackUser } from './world.ts';

export const APP_TOKEN = 'xapp-1-A0EVENKEEL-1-test';

/**
 * A Slack of one's own on this machine: the Web API, Socket Mode and signed requests as docs.slack.dev describes them,
 * with every call held against the documented arguments, scopes and limits. What the bot does wrong is in `violations`,
 * and refused.
 */
export class SlackServer implements ServerState {
  readonly world = new SlackWorld();
  readonly violations: string[] = [];
  readonly faults = new Faults();
  readonly limits = new RateWindows();
  readonly socket = new SocketMode(this.violations);
  readonly delivery = new Delivery(this.socket, this.violations);
  readonly desk = new Desk(this.violations);
  readonly tokens = new Map<string, Grant>();
  readonly uploads = new Map<string, Upload>();
  readonly ephemerals: ServerState['ephemerals'] = [];
  readonly codes: ServerState['codes'] = new Map();
  readonly signIns: ServerState['signIns'] = new Map();
  /** Who signs in with Slack, and agrees at once. */
  person: { team: SlackTeam; user: SlackUser } | null = null;
  readonly clientId = '123.456';
  readonly clientSecret = 'client-secret';
  /** Every call in order. */
  readonly requests: { method: string; args: Json; result: string }[] = [];
  historyPage = 999;
  /** Methods that this Slack does not have, as another server of the protocol may not. */
  readonly lacking = new Set<string>();
  /** As the app's page at Slack has it. */
  redirectUrl = '';
  /** Of the whole server; the API is under `/api/`. */
  origin = '';
  readonly #http = createServer((request, response) => void this.#serve(request, response));

  constructor() {
    this.world.emit = (team, event) => void this.emit(team, event);
    this.socket.attach(this.#http);
    const app = { kind: 'app', team: null, orgWide: false, user: '', scopes: new Set(['connections:write']) } as const;
    this.tokens.set(APP_TOKEN, app);
  }

  /** As SLACK_API_URL takes it. */
  get url(): string {
    return `${this.origin}/api/`;
  }

  async start(): Promise<void> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.origin = `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    this.delivery.close();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  /** Installs the app; the bot's token comes back. */
  install(
    team: SlackTeam,
    { scopes = BOT_SCOPES, orgWide = false }: { scopes?: string[]; orgWide?: boolean } = {},
  ): string {
    const token = `xoxb-${team.id}-${this.tokens.size}`;
    this.tokens.set(token, { kind: 'bot', team, orgWide, user: team.bot.user, scopes: new Set(scopes) });
    return token;
  }

  revoke(team: SlackTeam): void {
    for (const [token, grant] of this.tokens) if (grant.team === team) this.tokens.delete(token);
  }

  /** Tells the app of an event of a workspace; resolves to whether it was acknowledged in the end. */
  emit(team: SlackTeam, event: Json, more: Json = {}): Promise<boolean> {
    return this.delivery.event(this.bodyOf(team, event, more));
  }

  /** An event as it goes out; the same body twice is the same event twice. */
  bodyOf(team: SlackTeam, event: Json, more: Json = {}): Json {
    const orgWide = [...this.tokens.values()].some((grant) => grant.team === team && grant.orgWide);
    const authorization = {
      enterprise_id: team.enterprise,
      team_id: team.id,
      user_id: team.bot.user,
      is_bot: true,
      is_enterprise_install: orgWide,
    };
    return structuredClone({
      token: 'deprecated',
      team_id: team.id,
      ...(team.enterprise !== null && { enterprise_id: team.enterprise }),
      context_team_id: team.id,
      context_enterprise_id: team.enterprise,
      api_app_id: APP_ID,
      event,
      type: 'event_callback',
      event_id: `Ev${crypto.randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [authorization],
      is_ext_shared_channel: false,
      event_context: 'ctx',
      ...more,
    });
  }

  openSocket(): string {
    return `${this.origin.replace('http', 'ws')}/link?ticket=${this.socket.ticket()}&app_id=${APP_ID}`;
  }

  refuse(code: string, what: string, faults: readonly string[]): void {
    if (faults.length === 0) return;
    this.violations.push(...faults.map((fault) => `${what}: ${fault}`));
    throw invalid(code, faults);
  }

  violation(fault: string, code = 'invalid_arguments'): SlackRefusal {
    this.violations.push(fault);
    return invalid(code, [fault]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, this.origin);
    const body = await bodyOf(request);
    if (pathname.startsWith('/api/')) return this.#call(pathname.slice(5), request, body, response);
    const upload = this.uploads.get(/^\/upload\/v1\/(\w+)$/.exec(pathname)?.[1] ?? '');
    if (upload !== undefined) {
      upload.content = body;
      response.writeHead(200).end(`OK - ${body.length}`);
    } else if (pathname === '/oauth/v2/authorize') {
      this.#authorize(searchParams, response);
    } else if (pathname === '/openid/connect/authorize') {
      this.#signIn(searchParams, response);
    } else if (pathname.startsWith('/actions/')) {
      const answered = this.desk.respond(pathname, JSON.parse(body.toString()) as Json);
      response.writeHead(answered ? 200 : 404, { 'Content-Type': 'text/plain' }).end(answered ? 'ok' : 'used_url');
    } else {
      this.violations.push(`asked for ${request.method} ${pathname}, which this Slack does not have`);
      response.writeHead(404).end();
    }
  }

  /** The person agrees at once. */
  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const code = crypto.randomUUID();
    const token = [...this.tokens].findLast(([, { kind }]) => kind === 'bot')?.[0] ?? '';
    const redirect = query.get('redirect_uri') ?? this.redirectUrl;
    if (query.get('client_id') !== this.clientId || query.get('scope') === '') {
      response.writeHead(400).end('bad client_id or scope');
      return;
    }
    this.codes.set(code, { token, redirect });
    const answer = new URLSearchParams({ code, state: query.get('state') ?? '' });
    response.writeHead(302, { Location: `${redirect}?${answer.toString()}` }).end();
  }

  #signIn(query: URLSearchParams, response: ServerResponse): void {
    const redirect = query.get('redirect_uri') ?? '';
    const state = query.get('state') ?? '';
    const right = query.get('client_id') === this.clientId && query.get('scope') === 'openid' && redirect !== '';
    if (!right || query.get('response_type') !== 'code' || this.person === null) {
      response.writeHead(400).end('bad client_id, scope or person');
      return;
    }
    const code = crypto.randomUUID();
    const { team, user } = this.person;
    this.signIns.set(code, { user: user.id, team: team.id, nonce: query.get('nonce') ?? '', redirect });
    response.writeHead(302, { Location: `${redirect}?${new URLSearchParams({ code, state }).toString()}` }).end();
  }

  #call(method: string, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const fault = this.faults.take(method);
    let args: Json = {};
    let answer: Json;
    if (fault === 'reset') return void request.socket.destroy();
    try {
      args = argumentsOf(request, body);
      answer = { ok: true, ...this.#answer(method, request, args, fault) };
    } catch (error) {
      if (!(error instanceof SlackRefusal))
        this.violations.push(`${method}: ${error instanceof Error ? error.stack : String(error)}`);
      const { code, more } = error instanceof SlackRefusal ? error : new SlackRefusal('fatal_error');
      answer = { ok: false, error: code, ...more };
    }
    const { status, retryAfter, ...said } = answer as Json & { status?: number; retryAfter?: number };
    this.requests.push({ method, args, result: said['ok'] === true ? 'ok' : textOf(said['error']) });
    if (fault === 'lost') return void request.socket.destroy();
    if (fault === 'stored') return void response.writeHead(503, { 'Content-Type': 'text/plain' }).end('upstream error');
    const scopes = this.tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')?.scopes;
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      ...(scopes && { 'X-OAuth-Scopes': [...scopes].join() }),
      ...(retryAfter && { 'Retry-After': String(retryAfter) }),
    };
    response.writeHead(status ?? 200, headers).end(JSON.stringify(said));
  }

  #answer(name: string, request: IncomingMessage, args: Json, fault: Fault | null): Json {
    if (fault === 'limited') throw limited(this.faults.retryAfter);
    if (fault === 'error') throw new SlackRefusal('internal_error', { status: 500 });
    if (fault !== null && typeof fault === 'object') throw new SlackRefusal(fault.refuse);
    const method = METHODS[name];
    if (this.lacking.has(name)) throw new SlackRefusal('unknown_method');
    if (method === undefined) throw this.violation(`called ${name}, which this Slack does not have`, 'unknown_method');
    const call = this.#authorized(name, method, request, args);
    const wait = this.limits.take(name, call.team?.id ?? '', textOf(args['channel']));
    if (wait > 0) throw limited(wait);
    const { needed = [] } = method;
    for (const argument of Object.keys(args)) {
      if (argument !== 'token' && !method.args.includes(argument))
        throw this.violation(`${name} with the argument ${argument}, which is not documented`);
    }
    for (const argument of needed) {
      if (args[argument] === undefined || args[argument] === '')
        throw this.violation(
          `${name} without ${argument}`,
          argument === 'channel' ? 'channel_not_found' : 'invalid_arguments',
        );
    }
    return method.answer(this, call);
  }

  #authorized(name: string, method: Method, request: IncomingMessage, args: Json): Call {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = bearer ?? textOf(args['token']);
    const grant = this.tokens.get(token);
    if (method.open === true) return { args, grant: grant!, team: grant?.team as SlackTeam };
    if (token === '') throw new SlackRefusal('not_authed');
    if (grant === undefined) throw new SlackRefusal('invalid_auth');
    const { kinds = ['bot', 'user'] } = method;
    if (!kinds.includes(grant.kind))
      throw this.violation(`${name} with a token of the kind ${grant.kind}`, 'not_allowed_token_type');
    if (method.scopes.length > 0 && !method.scopes.some((scope) => grant.scopes.has(scope)))
      throw new SlackRefusal('missing_scope', { needed: method.scopes.join(), provided: [...grant.scopes].join() });
    return { args, grant, team: this.#teamOf(grant, args) };
  }

  /** With a token of a whole organization, the workspace that the call is about. */
  #teamOf(grant: Grant, args: Json): SlackTeam {
    const own = grant.team as SlackTeam;
    if (!grant.orgWide) return own;
    const named = this.world.teams.get(textOf(args['team_id']));
    const found = this.world.find(textOf(args['channel'] ?? args['channel_id']));
    const user = textOf(args['user'] ?? args['user_id']);
    const home = [...this.world.teams.values()].find(({ users }) => users.has(user));
    const team = named ?? found?.team ?? home ?? own;
    return team.enterprise === own.enterprise ? team : own;
  }
}

function limited(retryAfter: number): SlackRefusal {
  return new SlackRefusal('ratelimited', { status: 429, retryAfter });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A form or JSON, and what the address says. */
function argumentsOf(request: IncomingMessage, body: Buffer): Json {
  const type = request.headers['content-type'] ?? '';
  const query = Object.fromEntries(new URL(request.url!, 'http://localhost').searchParams);
  if (body.length === 0) return query;
  if (type.startsWith('application/json')) return { ...query, ...(JSON.parse(body.toString()) as Json) };
  if (type.startsWith('application/x-www-form-urlencoded'))
    return { ...query, ...Object.fromEntries(new URLSearchParams(body.toString())) };
  throw new SlackRefusal('invalid_post_type');
}
