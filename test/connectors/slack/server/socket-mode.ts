import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Json } from '../../discord/server/json.ts';

interface Waiting {
  socket: WebSocket;
  done: (body: Json | null) => void;
  failed: (reason: string) => void;
}

const MOST_CONNECTIONS = 10;

/** Connections of Socket Mode: tickets, hello, envelopes and their acknowledgements. */
export class SocketMode {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  readonly #sockets = new Set<WebSocket>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #violations: string[];
  #turn = 0;
  /** Breaks the connection after the next envelopes, before their acknowledgement. */
  breakAfter = 0;
  /** Connections that were made so far. */
  opened = 0;

  constructor(violations: string[]) {
    this.#violations = violations;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => {
      const { searchParams, pathname } = new URL(request.url!, 'http://localhost');
      const ticket = searchParams.get('ticket') ?? '';
      if (pathname !== '/link' || !this.#tickets.delete(ticket)) {
        this.#violations.push('a connection without a fresh ticket');
        socket.destroy();
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (made) => this.#welcome(made));
    });
  }

  ticket(): string {
    const ticket = crypto.randomUUID();
    this.#tickets.add(ticket);
    return ticket;
  }

  /** Resolves with the acknowledgement's body; rejects where the connection is gone first, or there is none. */
  send(type: string, payload: Json, more: Json): Promise<Json | null> {
    const sockets = [...this.#sockets];
    if (sockets.length === 0) return Promise.reject(new Error('no connection'));
    this.#turn += 1;
    const socket = sockets[this.#turn % sockets.length]!;
    const id = crypto.randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<Json | null>();
    this.#waiting.set(id, { socket, done: resolve, failed: (reason) => reject(new Error(reason)) });
    socket.send(
      JSON.stringify({ envelope_id: id, type, payload, accepts_response_payload: type !== 'events_api', ...more }),
    );
    if (this.breakAfter > 0) {
      this.breakAfter -= 1;
      // Once the envelope is out, but its acknowledgement cannot come in any more.
      socket.removeAllListeners('message');
      setTimeout(() => socket.terminate(), 5);
    }
    return promise;
  }

  /** Any text, to every connection. */
  sendRaw(text: string): void {
    for (const socket of this.#sockets) socket.send(text);
  }

  /** Every connection breaks without a word. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** As Slack recycles a connection: it says so, and closes it. */
  refresh(reason: 'refresh_requested' | 'warning' | 'link_disabled' = 'refresh_requested'): void {
    const [socket] = this.#sockets;
    if (socket === undefined) return;
    socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }));
    if (reason !== 'warning') setTimeout(() => socket.close(), 5);
  }

  close(): void {
    this.drop();
    this.#server.close();
  }

  #welcome(socket: WebSocket): void {
    if (this.#sockets.size >= MOST_CONNECTIONS) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      socket.close();
      return;
    }
    this.#sockets.add(socket);
    this.opened += 1;
    socket.on('message', (data) => this.#heard(Buffer.isBuffer(data) ? data.toString() : ''));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      for (const [id, waiting] of this.#waiting) {
        if (waiting.socket !== socket) continue;
        this.#waiting.delete(id);
        waiting.failed('the connection broke');
      }
    });
    socket.on('error', () => socket.terminate());
    const debug = { host: 'applink-1', build_number: 10, approximate_connection_time: 18_060 };
    const info = { connection_info: { app_id: 'A0EVENKEEL' }, num_connections: this.#sockets.size, debug_info: debug };
    socket.send(JSON.stringify({ type: 'hello', ...info }));
  }

  #heard(text: string): void {
    const { envelope_id: id, payload } = JSON.parse(text) as { envelope_id?: string; payload?: Json };
    const waiting = this.#waiting.get(id ?? '');
    if (waiting === undefined) return void this.#violations.push(`an acknowledgement of nothing: ${text.slice(0, 80)}`);
    this.#waiting.delete(id!);
    waiting.done(payload !== undefined && Object.keys(payload).length > 0 ? payload : null);
  }
}
