import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A way to a database that can be cut, and that can go silent. */
export interface Proxy {
  port: number;
  /** Ends every connection, and refuses new ones until healed. */
  cut(): void;
  /** Passes nothing on and says nothing, as a network does that is gone, until healed. */
  silence(): void;
  /** What comes from now on passes; what was silenced stays so, as a router forgets connections. */
  heal(): void;
  close(): Promise<void>;
}

export async function openProxy(target: string): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  let state: 'open' | 'cut' | 'silent' = 'open';
  const server = createServer((client) => {
    client.on('error', () => {});
    if (state === 'cut') return void client.destroy();
    if (state === 'silent') return;
    const database = connect(target);
    const pair: [Socket, Socket] = [client, database];
    pairs.add(pair);
    for (const [one, other] of [pair, pair.toReversed() as [Socket, Socket]]) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
      one.pipe(other, { end: true });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = (): void => {
    for (const [client, database] of pairs) {
      client.destroy();
      database.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut';
      end();
    },
    silence() {
      state = 'silent';
      for (const [client, database] of pairs) {
        client.unpipe();
        client.pause();
        // The server learns of it at once here, as it would by its own keepalives: its side is not what is tested.
        database.unpipe();
        database.removeAllListeners('close');
        database.destroy();
      }
      pairs.clear();
    },
    heal() {
      state = 'open';
    },
    async close() {
      end();
      server.close();
      await once(server, 'close');
    },
  };
}
