import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that the hub or the host of its large files got. */
export interface HubRequestSeen {
  host: 'hub' | 'cdn';
  method: string;
  /** Path without its query. */
  path: string;
  authorization: string | undefined;
  range: string | undefined;
}

/** What goes wrong with the next request to a path that ends so. */
export interface Fault {
  host?: 'hub' | 'cdn';
  /** Only requests of this method. Default GET. */
  method?: string;
  path: string;
  /** Answers with this instead. */
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Sends so many bytes of the body, then closes the connection, or says nothing more. */
  cutAfter?: number;
  hang?: boolean;
}

interface Model {
  revisions: Map<string, string>;
  commits: Map<string, ReadonlyMap<string, Uint8Array>>;
  access: 'public' | 'gated' | 'private';
}

/** Files from this size on are in large file storage, on another host. */
const LARGE = 5000;

/** A token that may read everything. */
export const TOKEN = 'hf_of_the_test';

/** The Hugging Face hub as a client sees it: API, files, redirects to a second host, and faults to order. */
export class HubServer {
  readonly requests: HubRequestSeen[] = [];
  readonly faults: Fault[] = [];
  /** Whether the hosts answer a Range with that part alone. */
  ranges = true;
  readonly #models = new Map<string, Model>();
  readonly #servers: Server[] = [];
  url = '';
  cdn = '';

  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    hub.url = await hub.#listen((request, response) => hub.#answer(request, response));
    hub.cdn = await hub.#listen((request, response) => hub.#answerCdn(request, response));
    return hub;
  }

  /** Adds a commit to a model and points a revision at it; returns the commit. */
  add(
    id: string,
    files: Readonly<Record<string, Uint8Array>>,
    { revision = 'main', access = 'public' }: { revision?: string; access?: Model['access'] } = {},
  ): string {
    const model = this.#models.get(id) ?? { revisions: new Map(), commits: new Map(), access };
    this.#models.set(id, model);
    const hash = createHash('sha1').update(revision);
    for (const [name, bytes] of Object.entries(files)) hash.update(name).update(bytes);
    const commit = hash.digest('hex');
    model.commits.set(commit, new Map(Object.entries(files)));
    model.revisions.set(revision, commit);
    return commit;
  }

  /** Paths of the GET requests that a host got, files only. */
  got(host: 'hub' | 'cdn'): string[] {
    return this.requests
      .filter((request) => request.host === host && request.method === 'GET' && !request.path.startsWith('/api/'))
      .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
    this.#servers.length = 0;
  }

  async #listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer(handler).listen(0, '127.0.0.1');
    this.#servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Notes a request; gives the fault that was ordered for it. */
  #see(host: 'hub' | 'cdn', request: IncomingMessage): { path: string; fault: Fault | undefined } {
    const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname);
    const { authorization, range } = request.headers;
    const method = request.method!;
    this.requests.push({ host, method, path, authorization, range });
    const at = this.faults.findIndex(
      (fault) => (fault.host ?? host) === host && (fault.method ?? 'GET') === method && path.endsWith(fault.path),
    );
    return { path, fault: at < 0 ? undefined : this.faults.splice(at, 1)[0] };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { path, fault } = this.#see('hub', request);
    if (fault?.status !== undefined) return answerFault(response, fault);
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(path);
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const [, id = '', revision = '', name = ''] = api ?? file ?? [];
    const model = this.#models.get(id);
    const known = request.headers.authorization === `Bearer ${TOKEN}`;
    if (!model || (model.access === 'private' && !known))
      return refuse(response, known ? 404 : 401, 'RepoNotFound', 'Repository not found');
    const commit = model.commits.has(revision) ? revision : model.revisions.get(revision);
    if (commit === undefined) return refuse(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    const files = model.commits.get(commit)!;
    if (api) {
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
      response.end(
        JSON.stringify({
          _id: '1',
          id,
          sha: commit,
          siblings,
          private: false,
          lastModified: '2026-01-01T00:00:00.000Z',
        }),
      );
      return;
    }
    // Anyone may see what a gated model has, only those who accepted may have it.
    if (model.access === 'gated' && !known)
      return refuse(response, known ? 403 : 401, 'GatedRepo', 'Access is restricted');
    const bytes = files.get(name);
    if (bytes === undefined) return refuse(response, 404, 'EntryNotFound', 'Entry not found');
    response.setHeader('X-Repo-Commit', commit);
    if (bytes.length < LARGE) {
      response.setHeader(
        'ETag',
        `"${createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')}"`,
      );
      return this.#send(request, response, bytes, fault);
    }
    response.setHeader('X-Linked-Etag', `"${createHash('sha256').update(bytes).digest('hex')}"`);
    response.setHeader('X-Linked-Size', bytes.length);
    response.setHeader('Location', `${this.cdn}/${id}/${commit}/${name}?X-Amz-Signature=secret`);
    response.writeHead(302).end('Found. Redirecting to the other host');
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse): void {
    const { path, fault } = this.#see('cdn', request);
    if (fault?.status !== undefined) return answerFault(response, fault);
    const [, org, repository, commit, name] = path.split('/');
    // As the real one: a signed address and a token at once are an error.
    if (request.headers.authorization !== undefined)
      return refuse(response, 400, '', 'Only one auth mechanism allowed');
    response.setHeader('ETag', '"of-no-use-to-anyone"');
    this.#send(request, response, this.#models.get(`${org}/${repository}`)!.commits.get(commit!)!.get(name!)!, fault);
  }

  #send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, fault: Fault | undefined): void {
    const start = this.ranges ? Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    const content = fault?.body === undefined ? bytes : Buffer.from(fault.body);
    const part = content.subarray(start);
    response.setHeader('Content-Length', part.length);
    if (start > 0) response.setHeader('Content-Range', `bytes ${start}-${content.length - 1}/${content.length}`);
    response.writeHead(start > 0 ? 206 : 200);
    if (request.method === 'HEAD') return void response.end();
    if (fault?.cutAfter === undefined) return void response.end(part);
    response.write(part.subarray(0, fault.cutAfter), () => {
      if (!fault.hang) response.destroy();
    });
  }
}

function answerFault(response: ServerResponse, { status, headers, body = '' }: Fault): void {
  response.writeHead(status!, headers).end(body);
}

function refuse(response: ServerResponse, status: number, code: string, error: string): void {
  response
    .writeHead(status, { 'X-Error-Code': code, 'Content-Type': 'application/json' })
    .end(JSON.stringify({ error }));
}
