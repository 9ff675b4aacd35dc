import { MessageFlags } from 'discord.js';
import type { Json } from './json.ts';

/** Requests that a plain server does not know. */
const MISSING: readonly (readonly [method: string, path: RegExp, status: number])[] = [
  ['GET', /^\/gateway\/bot$/, 404],
  ['GET', /^\/applications\/@me$/, 404],
  ['PUT', /\/commands$/, 501],
  ['GET', /\/threads\/archived\/(?:public|private)$/, 405],
  ['GET', /^\/guilds\/[^/]+(?:\/roles|\/channels)?$/, 404],
  ['GET', /\/members\/[^/]+$/, 501],
];

/** The status that a plain server has for a request it does not know; null for what it does. */
export function missingStatus(method: string, path: string): number | null {
  return MISSING.find(([each, pattern]) => each === method && pattern.test(path))?.[2] ?? null;
}

const KEPT: Readonly<Record<string, readonly string[]>> = {
  READY: ['v', 'user', 'guilds', 'session_id'],
  GUILD_CREATE: ['id', 'name', 'channels'],
  MESSAGE_CREATE: ['id', 'channel_id', 'guild_id', 'author', 'content', 'timestamp', 'components'],
  MESSAGE_UPDATE: ['id', 'channel_id', 'guild_id', 'content'],
  MESSAGE_DELETE: ['id', 'channel_id'],
  INTERACTION_CREATE: ['id', 'application_id', 'type', 'token', 'guild_id', 'channel_id', 'member', 'data', 'message'],
};

/** An event with only what it cannot do without. */
export function plainEvent(t: string, d: unknown): unknown {
  const kept = KEPT[t];
  if (kept === undefined) return d;
  const left = Object.fromEntries(Object.entries(d as Json).filter(([name]) => kept.includes(name)));
  if (t !== 'GUILD_CREATE') return left;
  return { ...left, channels: (left['channels'] as Json[]).map(({ id, name, type }) => ({ id, name, type })) };
}

/** Whether a body is a message of components, which a plain server does not take, or a response that holds one. */
export function isLaidOut(body: Json): boolean {
  const { flags } = { ...body, ...(body['data'] as Json | undefined) };
  return (Number(flags ?? 0) & MessageFlags.IsComponentsV2) !== 0;
}
