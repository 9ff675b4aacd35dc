/**
 * Something a part of the system answers over HTTP, in the web platform's own words, so that neither the part that
 * answers nor the server that mounts it needs to know the other.
 */
export interface HttpRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Absolute; segments that begin with a colon are parameters: `/posts/:id`. */
  path: string;
  /** Whether the handler itself finds out who calls, by keys of its own; otherwise the server lets only operators in. */
  ownAccess?: boolean;
  /** Bytes that a request's body may have; absent: the server's usual limit. */
  bodyLimit?: number;
  handler: (request: Request, context: HttpContext) => Response | Promise<Response>;
}

export interface HttpContext {
  /** The path's parameters, decoded. */
  params: Readonly<Record<string, string>>;
  /** Aborted when the client goes away or the server stops: ends answers that stream. */
  signal: AbortSignal;
}
