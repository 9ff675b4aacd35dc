import type { HttpRoute } from '../../../src/runtime/http-route.ts';
import type { LocalEvent, Post } from '../../../src/connectors/local/wire.ts';

/** Asks a route as a server that mounts it would; a body that is no string is sent as JSON. */
export async function ask(
  routes: readonly HttpRoute[],
  method: HttpRoute['method'],
  path: string,
  body?: unknown,
  signal: AbortSignal = new AbortController().signal,
): Promise<Response> {
  for (const route of routes) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
    const values = new RegExp(`^${route.path.replaceAll(/:\w+/g, '([^/]+)')}$`).exec(path);
    if (route.method !== method || values === null) continue;
    const params = Object.fromEntries(names.map((name, place) => [name, decodeURIComponent(values[place + 1]!)]));
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = new Request(`http://localhost${path}`, { method, body: method === 'GET' ? undefined : text });
    return route.handler(request, { params, signal });
  }
  throw new Error(`No route answers ${method} ${path}`);
}

/** Posts as a member; throws where the chat refuses. */
export async function postAs(
  routes: readonly HttpRoute[],
  author: string,
  text: string,
  channel = 'general',
): Promise<Post> {
  const response = await ask(routes, 'POST', '/api/local/posts', { author, text, channel });
  if (response.status !== 201) throw new Error(`refused with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Post;
}

/** What a page hears, kept in order. */
export class EventFeed {
  readonly heard: LocalEvent[] = [];
  /** Resolves when the stream ends. */
  readonly ended: Promise<void>;
  readonly #leave = new AbortController();
  readonly #waiting = new Set<() => void>();

  private constructor(body: ReadableStream<Uint8Array>, leave: AbortController) {
    this.#leave = leave;
    this.ended = this.#read(body);
  }

  static async open(routes: readonly HttpRoute[]): Promise<EventFeed> {
    const leave = new AbortController();
    const response = await ask(routes, 'GET', '/api/local/events', undefined, leave.signal);
    if (response.status !== 200 || response.body === null) throw new Error(await response.text());
    return new EventFeed(response.body, leave);
  }

  /** The first event that fits, heard already or yet to come. Rejects when the stream ends without one. */
  async find<T extends LocalEvent['type']>(
    type: T,
    fits: (event: Extract<LocalEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<LocalEvent, { type: T }>> {
    type Wanted = Extract<LocalEvent, { type: T }>;
    let over = false;
    void this.ended.then(() => (over = true));
    for (;;) {
      const found = this.heard.find((event): event is Wanted => event.type === type && fits(event as Wanted));
      if (found !== undefined) return found;
      if (over) throw new Error(`The stream ended without the ${type} that was awaited`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  close(): void {
    this.#leave.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop()!;
      for (const frame of frames) {
        if (frame.startsWith('data: ')) this.heard.push(JSON.parse(frame.slice(6)) as LocalEvent);
      }
      this.#wake();
    }
    this.#wake();
  }

  #wake(): void {
    // After `ended` has told, so that whoever waits sees it.
    queueMicrotask(() => {
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
  }
}
