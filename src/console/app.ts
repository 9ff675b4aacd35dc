import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { matchedRoutes } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import { messageOf, placesOf, reasonOf } from '../runtime/errors.ts';
import type { HttpRoute } from '../runtime/http-route.ts';
import type { Logger } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { METRICS_TYPE } from '../runtime/metrics.ts';
import type { SignInProvider } from '../domain/sign-in.ts';
import { addCommunities } from './communities.ts';
import type { CommunityDesk } from './communities.ts';
import { isJson, isKnownHost, isOwnPage } from './guard.ts';
import type { OperatorAccess } from './operator-access.ts';
import type { PageFile } from './page-files.ts';
import { addSignIn, SIGN_IN_PATH, SIGN_OUT_PATH } from './sign-in.ts';

/** Bytes of a request's body. */
const BODY_LIMIT = 64 * 1024;

export interface AppOptions {
  host: string;
  hostNames: readonly string[];
  routes: readonly HttpRoute[];
  files: ReadonlyMap<string, PageFile>;
  health: () => Promise<Record<string, unknown>>;
  ready: () => Promise<void>;
  /** Null where only this machine can reach the server: then whoever asks is an operator. */
  access: OperatorAccess | null;
  /** Platforms that people sign in with, where there is something to sign in to. */
  providers: readonly SignInProvider[];
  /** Null where there is no database to ask. */
  desk: CommunityDesk | null;
  metrics: Pick<Metrics, 'render' | 'requests' | 'requestDuration'> | null;
  /** Whether a request for `/metrics` comes from someone who may read them besides operators. */
  mayScrape: (authorization: string | undefined) => Promise<boolean>;
  log: Logger;
  /** Aborted when the server stops. */
  stopping: AbortSignal;
}

/** Everything the server answers, as one function from request to response. */
export function createApp(options: AppOptions): Hono {
  const { host, hostNames, routes, files, health, ready, access, providers, desk, metrics, mayScrape, log, stopping } =
    options;
  const app = new Hono();
  app.use(HEADERS);
  if (metrics !== null) app.use(count(metrics));

  // Probes of a container name no host that we could know, and learn nothing here.
  app.get('/healthz', (c) => answerProbe(c, health));
  app.get('/readyz', (c) => answerProbe(c, ready));

  app.use(refuseStrangers(host, hostNames, access));
  const mount = ({ method, path, handler, bodyLimit: bytes = BODY_LIMIT }: HttpRoute): void => {
    app.on(method, path, limitBody(bytes), (c) => {
      const signal = AbortSignal.any([c.req.raw.signal, stopping]);
      return handler(c.req.raw, { params: c.req.param(), signal });
    });
  };
  routes.filter(({ ownAccess }) => ownAccess === true).forEach(mount);
  if (metrics !== null) {
    app.get('/metrics', async (c, next) => {
      const isOperator = access === null || (await access.visitor(credentialsOf(c)))?.operator === true;
      const allowed = isOperator || (await mayScrape(c.req.header('authorization')));
      return allowed ? c.body(await metrics.render(), 200, { 'content-type': METRICS_TYPE }) : next();
    });
  }
  if (access !== null) {
    app.use(SIGN_IN_PATH, limitBody(BODY_LIMIT));
    addSignIn(app, { access, providers, log });
    app.use(operatorsOnly(access));
  }
  if (desk !== null)
    addCommunities(app, desk, (c) => (access === null ? { operator: true } : access.visitor(credentialsOf(c))));
  routes.filter(({ ownAccess }) => ownAccess !== true).forEach(mount);
  for (const [path, { type, body, etag }] of files) {
    app.get(path, (c) => {
      const headers = { 'content-type': type, 'cache-control': 'no-cache', etag };
      return c.req.header('if-none-match') === etag ? c.body(null, 304, headers) : c.body(body, 200, headers);
    });
  }

  app.notFound((c) => c.json({ error: `Nothing is at ${c.req.path}. The page is at /.` }, 404));
  app.onError((error, c) => {
    const request = randomUUID();
    log.error('a request failed', { request, method: c.req.method, path: c.req.path, reason: reasonOf(error) });
    log.debug('its stack', { request, stack: placesOf(error).join('\n') });
    return c.json({ error: 'The server could not do this. Its log says why.', request }, 500);
  });
  return app;
}

/** 200 with what `look` resolves to, 503 with why it rejects. */
async function answerProbe(c: Context, look: () => Promise<Record<string, unknown> | void>): Promise<Response> {
  try {
    return c.json({ status: 'ok', ...(await look()) });
  } catch (error) {
    return c.json({ status: 'failing', reason: messageOf(error) }, 503);
  }
}

function count({ requests, requestDuration }: Pick<Metrics, 'requests' | 'requestDuration'>): MiddlewareHandler {
  return async (c, next) => {
    const ended = requestDuration.startTimer();
    await next();
    // The pattern that answered, not the path: paths hold ids, and strangers choose them.
    const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith('*'))?.path ?? 'none';
    const labels = { method: c.req.method, route };
    ended(labels);
    requests.inc({ ...labels, status: String(c.res.status) });
  };
}

function credentialsOf(c: Context): { authorization: string | undefined; cookie: string | undefined } {
  return { authorization: c.req.header('authorization'), cookie: c.req.header('cookie') };
}

/** What someone may ask for whom a platform vouched; which of the communities, the pages themselves find out. */
const OF_VISITORS = /^(?:\/api)?\/communities(?:\/|$)/;

/** Browsers are led to the form, everyone else is told what to send. */
function operatorsOnly(access: OperatorAccess): MiddlewareHandler {
  return async (c, next) => {
    const visitor = await access.visitor(credentialsOf(c));
    if (visitor?.operator === true) return next();
    const isBrowsing = c.req.method === 'GET' && c.req.header('accept')?.includes('text/html') === true;
    if (visitor !== null) {
      if (OF_VISITORS.test(c.req.path)) return next();
      if (isBrowsing) return c.redirect('/communities', 303);
      return c.json({ error: 'This is for operators of the server. Your communities are at /communities.' }, 403);
    }
    if (isBrowsing) return c.redirect(SIGN_IN_PATH, 303);
    c.header('www-authenticate', 'Bearer');
    return c.json({ error: `Sign in at ${SIGN_IN_PATH}, or send this server's token as a bearer token.` }, 401);
  };
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
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // Without a referrer at all browsers send forms with the origin `null`, which is not ours (guard.ts).
  referrerPolicy: 'same-origin',
  strictTransportSecurity: false,
});

function refuseStrangers(bound: string, names: readonly string[], access: OperatorAccess | null): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host');
    // A page that rebinds its name has no key: what comes with one is judged by it, under any name of a cluster's.
    const hasKey = access !== null && c.req.header('authorization') !== undefined;
    if (!hasKey && (host === undefined || !isKnownHost(host, bound, names))) {
      return c.json({ error: `This server does not answer to the name ${host}. Use its address.` }, 421);
    }
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    if (!isOwnPage({ origin: c.req.header('origin'), fetchSite: c.req.header('sec-fetch-site'), host })) {
      return c.json({ error: 'Pages of other sites cannot change anything here.' }, 403);
    }
    if (c.req.path === SIGN_IN_PATH || c.req.path === SIGN_OUT_PATH) return next();
    if (!isJson(c.req.header('content-type'))) {
      return c.json({ error: 'Send JSON: the content-type has to be application/json.' }, 415);
    }
    return next();
  };
}

function limitBody(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: (c) => c.json({ error: `That is too long: a request may have ${bytes / 1024} kB.` }, 413),
  });
}
