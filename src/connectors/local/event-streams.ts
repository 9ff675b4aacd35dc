import type { LocalEvent } from './wire.ts';

/** A comment this often keeps proxies and browsers from taking a quiet stream for a dead one, in ms. */
const HEARTBEAT_MS = 20_000;

/** A page this far behind is let go; it comes back by itself and starts from a snapshot. In bytes. */
const BACKLOG_LIMIT = 8 * 1024 * 1024;

type Stream = (chunk: string | null) => void;

/** Server-sent events to every page that is open. */
export class EventStreams {
  readonly #streams = new Set<Stream>();
  #heartbeat: NodeJS.Timeout | null = null;

  /**
   * A stream that begins with the event that `first` makes, then carries all that was sent since the call. Rejects as
   * `first` does. Ends when the signal aborts or at `close`.
   */
  async open(first: () => Promise<LocalEvent>, signal: AbortSignal): Promise<Response> {
    // Listening starts before the snapshot is taken, so that nothing falls between the two.
    const waiting: (string | null)[] = [];
    let stream: Stream = (chunk) => void waiting.push(chunk);
    const listener: Stream = (chunk) => stream(chunk);
    this.#add(listener);
    const leave = (): void => this.#delete(listener);
    try {
      waiting.unshift(frame(await first()));
    } catch (error) {
      leave();
      throw error;
    }

    const encoder = new TextEncoder();
    const end = new AbortController();
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const finish = (): void => {
            if (end.signal.aborted) return;
            end.abort();
            leave();
            controller.close();
          };
          stream = (chunk) => {
            if (end.signal.aborted) return;
            if (chunk === null || (controller.desiredSize ?? 0) < 0) finish();
            else controller.enqueue(encoder.encode(chunk));
          };
          for (const chunk of waiting) stream(chunk);
          signal.addEventListener('abort', finish, { once: true });
          if (signal.aborted) finish();
        },
        cancel() {
          end.abort();
          leave();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BACKLOG_LIMIT }),
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
  }

  send(event: LocalEvent): void {
    this.#each(frame(event));
  }

  /** Ends every stream. */
  close(): void {
    this.#each(null);
  }

  #each(chunk: string | null): void {
    for (const stream of this.#streams) stream(chunk);
  }

  #add(stream: Stream): void {
    this.#streams.add(stream);
    this.#heartbeat ??= setInterval(() => this.#each(':\n\n'), HEARTBEAT_MS).unref();
  }

  #delete(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0 || this.#heartbeat === null) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}

/** JSON has no raw line breaks, so one `data` line is enough. */
function frame(event: LocalEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
