import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { SignInProvider } from '../domain/sign-in.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { HttpRoute } from '../runtime/http-route.ts';
import { SILENT } from '../runtime/log.ts';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Secret } from '../runtime/secrets.ts';
import type { Service } from '../runtime/service.ts';
import { createApp } from './app.ts';
import type { CommunityDesk } from './communities.ts';
import { createOperatorAccess } from './operator-access.ts';
import type { Sessions } from './operator-access.ts';
import { readPageFiles } from './page-files.ts';

/** How long a client that reads nothing may hold up a stop, in ms. */
const STOP_LIMIT_MS = 3000;

export interface ConsoleOptions {
  /** Where to listen. Default: this machine only. */
  host?: string;
  /** 0 takes any free port. */
  port: number;
  routes?: readonly HttpRoute[];
  /** A folder with `index.html` and what it needs. */
  page?: URL;
  /** Names, besides addresses and `localhost`, that the server is called by, as behind a reverse proxy. */
  hostNames?: readonly string[];
  /** What `/healthz` adds to `{"status":"ok"}`; where it rejects, the answer is 503 with the reason. */
  health?: () => Promise<Record<string, unknown>>;
  /** Whether what the process depends on answers: `/readyz` says 503 with the reason where it rejects. */
  ready?: () => Promise<void>;
  /** What opens the server to operators; without it, whoever reaches it is one. */
  access?: { token: Secret<string>; sessions: Sessions; providers?: readonly SignInProvider[] } | null;
  /** What the pages of communities show. */
  desk?: CommunityDesk | null;
  metrics?: Metrics | null;
  /** Whether a request for `/metrics` may be answered though no operator sent it. Default: never. */
  mayScrape?: (authorization: string | undefined) => Promise<boolean>;
  log?: Logger;
}

export interface Console extends Service {
  /** Where a browser finds it, once started: `http://127.0.0.1:8787`. */
  readonly url: string;
}

/** The HTTP server: a page, the routes that other parts answer, and `/healthz`. */
export function createConsole(options: ConsoleOptions): Console {
  const {
    host = '127.0.0.1',
    port,
    routes = [],
    page,
    hostNames = [],
    health = async () => ({}),
    ready = async () => {},
    access: asked = null,
    desk = null,
    metrics = null,
    mayScrape = async () => false,
    log = SILENT,
  } = options;
  const stopping = new AbortController();
  let server: Server | null = null;
  let url = '';

  return {
    get url() {
      return url;
    },
    async start() {
      const files = page === undefined ? new Map() : await readPageFiles(page);
      const { signal } = stopping;
      const access = asked === null ? null : createOperatorAccess(asked.token, asked.sessions);
      const seen = { providers: asked?.providers ?? [], desk, routes, files, health, ready, metrics, mayScrape };
      const app = createApp({ host, hostNames, access, ...seen, log, stopping: signal });
      const listener = createAdaptorServer({ fetch: app.fetch, hostname: host }) as Server;
      url = urlOf(host, await listen(listener, host, port));
      server = listener;
    },
    async stop() {
      stopping.abort();
      if (server === null) return;
      const closed = once(server, 'close');
      const limit = setTimeout(() => server?.closeAllConnections(), STOP_LIMIT_MS);
      server.close();
      await closed;
      clearTimeout(limit);
      server = null;
    },
  };
}

/** Resolves to the port once connections are accepted. Throws a `port` error that says what to do. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    const listening = once(server, 'listening');
    server.listen(port, host);
    await listening;
  } catch (error) {
    throw portError(error, host, port);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function portError(cause: unknown, host: string, port: number): EvenkeelError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  const another = `Choose another with --port, for example --port ${port < 65_535 ? port + 1 : 8787}.`;
  switch (code) {
    case 'EADDRINUSE':
      return new EvenkeelError('port', `Port ${port} on ${host} is in use`, {
        hint: `Stop what uses it (another Evenkeel?), or choose another with --port, for example --port ${port + 1}.`,
        cause,
      });
    case 'EACCES':
      return new EvenkeelError('port', `Port ${port} on ${host} is not allowed to this user`, { hint: another, cause });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new EvenkeelError('port', `${host} is not an address of this machine`, {
        hint: 'Choose one with --host: 127.0.0.1 for this machine only, 0.0.0.0 for every network.',
        cause,
      });
    default:
      return new EvenkeelError('port', `Port ${port} on ${host} cannot be listened on: ${String(code)}`, {
        hint: another,
        cause,
      });
  }
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
