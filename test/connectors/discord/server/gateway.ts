import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayCloseCodes, GatewayIntentBits, GatewayOpcodes } from 'discord.js';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { GuildWorld } from './guild-world.ts';

export interface Session {
  id: string;
  shard: [id: number, count: number];
  intents: number;
  /** What was dispatched, by sequence number from 1, for a resume. */
  sent: { t: string; d: unknown; s: number }[];
  socket: WebSocket | null;
  resumed: number;
}

export interface GatewayRules {
  token: string;
  /** Privileged intents that the application has enabled. */
  privileged: number;
  heartbeatMs: number;
  shards: number;
  /** IDENTIFYs left of the day. */
  identifies: number;
}

const NEEDED: Readonly<Record<string, number>> = {
  MESSAGE: GatewayIntentBits.GuildMessages,
  GUILD: GatewayIntentBits.Guilds,
  CHANNEL: GatewayIntentBits.Guilds,
  THREAD: GatewayIntentBits.Guilds,
};
const PRIVILEGED = GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent;

/** The gateway: sessions that are identified, kept alive, resumed and broken as a test asks. */
export class Gateway {
  readonly sessions = new Map<string, Session>();
  readonly rules: GatewayRules;
  /** What clients did wrong, such as an identify with no session left. */
  readonly violations: string[] = [];
  /** Shards that were connected while another connection had them. */
  readonly overlaps: number[] = [];
  /** How often each happened. */
  readonly counts = { identify: 0, resume: 0, heartbeat: 0 };
  /** Guilds that a new session is not told of. */
  readonly hidden = new Set<string>();
  /** What an event looks like on its way out. */
  shape: (t: string, d: unknown) => unknown = (_, d) => d;
  /** Where a resume goes; the same server under another path. */
  resumeUrl = '';
  readonly #world: GuildWorld;
  readonly #sockets = new WebSocketServer({ noServer: true });
  #made = 0;

  constructor(world: GuildWorld, rules: GatewayRules) {
    this.#world = world;
    this.rules = rules;
    this.#sockets.on('connection', (socket: WebSocket) => this.#greet(socket));
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#sockets.emit('connection', opened, request));
    });
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  /** Sends an event to the session whose shard has the guild, at once or when it resumes. */
  dispatch(guild: string, t: string, d: unknown): void {
    for (const session of this.sessions.values()) {
      const [shard, count] = session.shard;
      if (Number((BigInt(guild) >> 22n) % BigInt(count)) === shard) this.#send(session, t, d);
    }
  }

  /** Breaks every connection: without a word, or with a close code. The sessions can be resumed. */
  disconnect(code?: number): void {
    for (const session of this.sessions.values()) {
      if (code === undefined) session.socket?.terminate();
      else session.socket?.close(code);
      session.socket = null;
    }
  }

  /** Asks every client to come back (op 7). */
  askToReconnect(): void {
    for (const { socket } of this.sessions.values())
      socket?.send(JSON.stringify({ op: GatewayOpcodes.Reconnect, d: null }));
  }

  /** Forgets every session (op 9): what happens until the next identify is not delivered. */
  invalidate(): void {
    for (const session of this.sessions.values()) {
      this.sessions.delete(session.id);
      session.socket?.send(JSON.stringify({ op: GatewayOpcodes.InvalidSession, d: false }));
    }
  }

  /** Sends the last `some` dispatches of every session again, newest first. */
  repeat(some: number): void {
    for (const { socket, sent } of this.sessions.values()) {
      for (const { t, d, s } of sent.slice(-some).reverse()) socket?.send(JSON.stringify({ op: 0, t, d, s }));
    }
  }

  #greet(socket: WebSocket): void {
    let session: Session | null = null;
    socket.send(JSON.stringify({ op: GatewayOpcodes.Hello, d: { heartbeat_interval: this.rules.heartbeatMs } }));
    socket.on('message', (data: Buffer) => {
      const { op, d } = JSON.parse(String(data)) as { op: GatewayOpcodes; d: never };
      if (op === GatewayOpcodes.Heartbeat) {
        this.counts.heartbeat += 1;
        socket.send(JSON.stringify({ op: GatewayOpcodes.HeartbeatAck }));
      } else if (op === GatewayOpcodes.Identify) {
        if (session === null) session = this.#identify(socket, d);
        else socket.close(GatewayCloseCodes.AlreadyAuthenticated);
      } else if (op === GatewayOpcodes.Resume) session = this.#resume(socket, d);
      else if (session === null) socket.close(GatewayCloseCodes.NotAuthenticated);
    });
    socket.on('close', (code) => {
      if (session === null || session.socket !== socket) return;
      session.socket = null;
      // A client that leaves with 1000 or 1001 has no session any more.
      if (code === 1000 || code === 1001) this.sessions.delete(session.id);
    });
    socket.on('error', () => {});
  }

  #identify(
    socket: WebSocket,
    d: { token: string; intents: number; shard?: [number, number]; properties?: Record<string, string> },
  ): Session | null {
    this.counts.identify += 1;
    this.rules.identifies -= 1;
    if (this.rules.identifies < 0) this.violations.push('identified with no session left: Discord resets the token');
    const { shard = [0, 1], intents } = d;
    const refused = this.#refusal(d.token, intents, shard, d.properties);
    if (refused !== null) {
      socket.close(refused);
      return null;
    }
    this.#noteOverlap(shard);
    this.#made += 1;
    const session: Session = { id: `session-${this.#made}`, shard, intents, sent: [], socket, resumed: 0 };
    this.sessions.set(session.id, session);
    const guilds = [...this.#world.guilds.values()].filter(
      ({ id }) => Number((BigInt(id) >> 22n) % BigInt(shard[1])) === shard[0] && !this.hidden.has(id),
    );
    this.#send(session, 'READY', {
      v: 10,
      user: this.#world.bot,
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: this.resumeUrl,
      shard,
      application: { id: this.#world.bot.id, flags: 0 },
    });
    for (const guild of guilds) this.#send(session, 'GUILD_CREATE', this.#world.guildCreate(guild));
    return session;
  }

  #noteOverlap([id, count]: readonly [number, number]): void {
    for (const { shard, socket } of this.sessions.values())
      if (shard[0] === id && shard[1] === count && socket?.readyState === socket?.OPEN && socket !== null)
        this.overlaps.push(id);
  }

  #refusal(
    token: string,
    intents: number,
    [id, count]: [number, number],
    properties?: Record<string, string>,
  ): number | null {
    if (token !== this.rules.token) return GatewayCloseCodes.AuthenticationFailed;
    if (properties?.['os'] === undefined) return GatewayCloseCodes.DecodeError;
    if (id >= count) return GatewayCloseCodes.InvalidShard;
    if ((intents & PRIVILEGED & ~this.rules.privileged) !== 0) return GatewayCloseCodes.DisallowedIntents;
    return null;
  }

  #resume(socket: WebSocket, d: { token: string; session_id: string; seq: number }): Session | null {
    this.counts.resume += 1;
    const session = this.sessions.get(d.session_id);
    if (session === undefined || d.token !== this.rules.token) {
      socket.send(JSON.stringify({ op: GatewayOpcodes.InvalidSession, d: false }));
      return null;
    }
    if (d.seq > session.sent.length) {
      socket.close(GatewayCloseCodes.InvalidSeq);
      return null;
    }
    this.#noteOverlap(session.shard);
    session.socket = socket;
    session.resumed += 1;
    for (const { t, d: data, s } of session.sent.slice(d.seq)) socket.send(JSON.stringify({ op: 0, t, d: data, s }));
    this.#send(session, 'RESUMED', {});
    return session;
  }

  #send(session: Session, t: string, d: unknown): void {
    const needed = NEEDED[t.split('_')[0]!] ?? 0;
    if ((session.intents & needed) !== needed) return;
    const data = this.shape(t, t.startsWith('MESSAGE_') ? this.#withContent(session, d as Record<string, unknown>) : d);
    const s = session.sent.length + 1;
    session.sent.push({ t, d: data, s });
    session.socket?.send(JSON.stringify({ op: 0, t, d: data, s }));
  }

  /** Without the intent, only the bot's own posts and those that mention it have content. */
  #withContent(session: Session, d: Record<string, unknown>): Record<string, unknown> {
    if ((session.intents & GatewayIntentBits.MessageContent) !== 0 || !('content' in d)) return d;
    const { bot } = this.#world;
    const mine = (d['author'] as { id: string }).id === bot.id;
    const mentioned = (d['mentions'] as { id: string }[]).some(({ id }) => id === bot.id);
    return mine || mentioned ? d : { ...d, content: '', embeds: [], attachments: [], components: [] };
  }
}
