import { Hono } from 'hono';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { messageOf } from '../runtime/errors.ts';
import type { HttpRoute } from '../runtime/http-route.ts';
import type { Logger } from '../runtime/log.ts';
import { isJson, isKnownHost, isOwnPage } from './guard.ts';
import type { PageFile } from './page-files.ts';

/** Bytes of a request's body. */
const BODY_LIMIT = 64 * 1024;

export interface AppOptions {
  host: string;
  hostNames: readonly string[];
  routes: readonly HttpRoute[];
  files: ReadonlyMap<string, PageFile>;
  health: () => Promise<Record<string, unknown>>;
  log: Logger;
  /** Aborted when the server stops. */
  stopping: AbortSignal;
}

/** Everything the server answers, as one function from request to response. */
export function createApp({ host, hostNames, routes, files, health, log, stopping }: AppOptions): Hono {
  const app = new Hono();
  app.use(HEADERS, refuseStrangers(host, hostNames), limitBody);

  app.get('/healthz', async (c) => {
    try {
      return c.json({ status: 'ok', ...(await health()) });
    } catch (error) {
      return c.json({ status: 'failing', reason: messageOf(error) }, 503);
    }
  });
  for (const { method, path, handler } of routes) {
    app.on(method, path, (c) => {
      const signal = AbortSignal.any([c.req.raw.signal, stopping]);
      return handler(c.req.raw, { params: c.req.param(), signal });
    });
  }
  for (const [path, { type, body, etag }] of files) {
    app.get(path, (c) => {
      const headers = { 'content-type': type, 'cache-control': 'no-cache', etag };
      return c.req.header('if-none-match') === etag ? c.body(null, 304, headers) : c.body(body, 200, headers);
    });
  }

  app.notFound((c) => c.json({ error: `Nothing is at ${c.req.path}. The page is at /.` }, 404));
  app.onError((error, c) => {
    log.error('a request failed', { method: c.req.method, path: c.req.path, reason: messageOf(error) });
    log.debug('its stack', { stack: error.stack });
    return c.json({ error: 'The server could not do this. Its log says why.' }, 500);
  });
  return app;
}

/** Scripts, styles and connections from this server only; no page may frame it; texts cannot become markup. */
const HEADERS = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
  xFrameOptions: 'DENY',
  strictTransportSecurity: false,
});

function refuseStrangers(bound: string, names: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host');
    if (host === undefined || !isKnownHost(host, bound, names)) {
      return c.json({ error: `This server does not answer to the name ${host}. Use its address.` }, 421);
    }
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    if (!isOwnPage({ origin: c.req.header('origin'), fetchSite: c.req.header('sec-fetch-site'), host })) {
      return c.json({ error: 'Pages of other sites cannot change anything here.' }, 403);
    }
    if (!isJson(c.req.header('content-type'))) {
      return c.json({ error: 'Send JSON: the content-type has to be application/json.' }, 415);
    }
    return next();
  };
}

const limitBody = bodyLimit({
  maxSize: BODY_LIMIT,
  onError: (c) => c.json({ error: `That is too long: a request may have ${BODY_LIMIT / 1024} kB.` }, 413),
});
