import type { Socket } from 'node:net';
import { Client } from 'pg';
import type { Sockets } from './sockets.ts';

const BEAT_MS = 1000;

/** A statement that says nothing for as long is given up, as is a connection that cannot be made. */
const SILENCE_MS = 3000;

interface Beating {
  client: Client;
  socket: Socket;
}

/**
 * Feels every second, on a connection of its own, whether the database still answers. A network that went away without a
 * word leaves connections that wait for a quarter of an hour; once a new one answers where the old one does not, all old
 * ones are given up, and the statements on them fail and are tried again. A slow database answers neither or both.
 * Returns what stops it.
 */
export function watchPulse(url: string, sockets: Sockets): () => Promise<void> {
  let beating: Beating | null = null;
  let busy: Promise<void> | null = null;

  async function connect(): Promise<Beating> {
    const socket = sockets.make();
    const client = new Client({
      connectionString: url,
      application_name: 'evenkeel pulse',
      connectionTimeoutMillis: SILENCE_MS,
      query_timeout: SILENCE_MS,
      stream: () => socket,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return { client, socket };
  }

  async function beat(): Promise<void> {
    if (beating !== null && (await answers(beating))) return;
    // A connection that was ended is known to be; one that is silent may have others beside it that are.
    const isSilent = beating !== null && !beating.socket.destroyed && beating.socket.readable;
    const fresh = await connect();
    if (isSilent) sockets.giveUp(fresh.socket);
    beating = fresh;
  }

  const timer = setInterval(() => {
    // While nothing answers there is nothing to be done but to try again.
    busy ??= beat()
      .catch(() => {})
      .finally(() => (busy = null));
  }, BEAT_MS);
  return async () => {
    clearInterval(timer);
    await busy;
    await beating?.client.end().catch(() => {});
  };
}

async function answers({ client }: Beating): Promise<boolean> {
  try {
    await client.query('select 1');
    return true;
  } catch {
    return false;
  }
}
