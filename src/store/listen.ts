import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Sockets } from './sockets.ts';

/** How long after a lost connection the next one is tried, in ms. */
const AGAIN_MS = 1000;

/**
 * Hears a channel of Postgres on a connection of its own, which is made again whenever it is lost; `onNotification` is
 * called after each reconnection too, as something may have been missed. Resolves once it listens.
 */
export async function listenOnPostgres(
  url: string,
  channel: string,
  onNotification: () => void,
  { make: stream }: Sockets,
): Promise<{ close(): Promise<void> }> {
  const closing = new AbortController();
  let client: Client | null = null;

  async function connect(): Promise<void> {
    const next = new Client({ connectionString: url, stream, application_name: 'evenkeel', keepAlive: true });
    next.on('notification', () => onNotification());
    next.on('error', () => void reconnect(next));
    next.on('end', () => void reconnect(next));
    client = next;
    await next.connect();
    await next.query(`listen "${channel}"`);
  }

  async function reconnect(lost: Client): Promise<void> {
    if (closing.signal.aborted || client !== lost) return;
    client = null;
    while (!closing.signal.aborted) {
      try {
        await wait(AGAIN_MS, undefined, { signal: closing.signal, ref: false });
        await connect();
        return onNotification();
      } catch {
        // Tried again; whoever listens looks by itself meanwhile.
        client = null;
      }
    }
  }

  await connect();
  return {
    async close() {
      closing.abort();
      const last = client;
      client = null;
      await last?.end();
    },
  };
}
