import type { LocalEvent } from '../../connectors/local/wire.ts';

/** The local chat as a page uses it: over HTTP, with its stream of events. */
export class ChatClient {
  readonly #url: string;
  readonly #leave = new AbortController();
  #card = Promise.withResolvers<number>();

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(url: string): Promise<ChatClient> {
    const client = new ChatClient(url);
    const response = await fetch(`${url}/api/local/events`, { signal: client.#leave.signal });
    if (response.body === null) throw new Error(`the chat answered ${response.status}`);
    void client.#listen(response.body);
    return client;
  }

  /** When the next card arrives: a `performance.now()`. Ask before what causes it. */
  nextCard(): Promise<number> {
    this.#card = Promise.withResolvers<number>();
    return this.#card.promise;
  }

  post(channel: string, author: string, text: string): Promise<void> {
    return this.#send('posts', { channel, author, text });
  }

  command(text: string, channel: string): Promise<void> {
    return this.#send('commands', { text, channel, moderator: 'bench' });
  }

  close(): void {
    this.#leave.abort();
  }

  async #send(what: string, body: object): Promise<void> {
    const response = await fetch(`${this.#url}/api/local/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the chat refused ${what}: ${await response.text()}`);
  }

  async #listen(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        const frames = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
        rest = frames.pop() ?? '';
        const heardAt = performance.now();
        if (frames.some((frame) => typeOf(frame) === 'card')) this.#card.resolve(heardAt);
      }
    } catch (error) {
      // Aborted by `close`; otherwise whoever waits for a card hears of it.
      this.#card.promise.catch(() => {});
      this.#card.reject(error);
    }
  }
}

function typeOf(frame: string): LocalEvent['type'] | null {
  if (!frame.startsWith('data: ')) return null;
  return (JSON.parse(frame.slice('data: '.length)) as LocalEvent).type;
}
