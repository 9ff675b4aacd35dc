import type { Json } from '../../discord/server/json.ts';
import type { Desk } from './desk.ts';
import type { SlackRefusal } from './slack-refusal.ts';
import type { SlackChannel, SlackTeam, SlackWorld } from './world.ts';

/** What a token may do, and for whom. */
export interface Grant {
  kind: 'bot' | 'user' | 'app';
  /** Null for an app-level token. */
  team: SlackTeam | null;
  /** Of the whole organization. */
  orgWide: boolean;
  user: string;
  scopes: ReadonlySet<string>;
}

/** A file that was uploaded. */
export interface Upload {
  id: string;
  name: string;
  length: number;
  content: Buffer | null;
  shared: { channel: string; title: string; comment: string | null } | null;
}

/** What a method of the Web API works on. */
export interface ServerState {
  readonly world: SlackWorld;
  readonly desk: Desk;
  readonly tokens: Map<string, Grant>;
  readonly uploads: Map<string, Upload>;
  /** Messages that only one person sees. */
  readonly ephemerals: { team: string; channel: string; user: string; message: Json }[];
  /** Codes of OAuth that can be exchanged, and for what. */
  readonly codes: Map<string, { token: string; redirect: string | null }>;
  /** Codes of Sign in with Slack, and what was asked with them. */
  readonly signIns: Map<string, { user: string; team: string; nonce: string; redirect: string }>;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly origin: string;
  /** A new address for one connection of Socket Mode. */
  openSocket(): string;
  /** Rows of a page that histories give at most, as the app's tier has it. */
  historyPage: number;
  /** Records faults and refuses the call that has them. */
  refuse(code: string, what: string, faults: readonly string[]): void;
  violation(fault: string, code?: string): SlackRefusal;
  revoke(team: SlackTeam): void;
}

/** A call, its arguments as they came: of a form all are texts. */
export interface Call {
  args: Json;
  grant: Grant;
  team: SlackTeam;
}

export interface Method {
  /** One of them is needed; none for methods without a scope. */
  scopes: readonly string[];
  /** Arguments that docs.slack.dev/reference/methods lists, besides `token`. */
  args: readonly string[];
  needed?: readonly string[];
  kinds?: readonly Grant['kind'][];
  /** Works without a token. */
  open?: boolean;
  answer(server: ServerState, call: Call): Json;
}

/** The scope that a kind of channel asks for. */
export function scopeOf(channel: SlackChannel, what: 'history' | 'read'): string {
  return `${channel.direct ? 'im' : channel.private ? 'groups' : 'channels'}:${what}`;
}
