import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { SlackRefusal } from './slack-refusal.ts';
import { scopeOf } from './server-state.ts';
import type { Call } from './server-state.ts';
import type { SlackChannel, SlackMessage, SlackUser } from './world.ts';

/** An argument that holds JSON: a text in a form, the thing itself in a JSON body. */
export function jsonArgument(args: Json, name: string): unknown {
  const value = args[name];
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new SlackRefusal('invalid_json');
  }
}

export function flagArgument(args: Json, name: string): boolean {
  return args[name] === true || args[name] === 'true' || args[name] === '1';
}

function numberArgument(args: Json, name: string, otherwise: number): number {
  const value = args[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isInteger(number)) throw new SlackRefusal('invalid_limit');
  return number;
}

/** The channel that `channel` names; a person's id where a direct message is meant. */
export function channelArgument({ args, team }: Call, name = 'channel'): SlackChannel {
  const id = textOf(args[name]);
  const channel = team.channels.get(id);
  // The app knows a private channel only from inside.
  if (channel === undefined || (channel.private && !channel.members.has(team.bot.user)))
    throw new SlackRefusal('channel_not_found');
  return channel;
}

export function messageArgument(call: Call, channel: SlackChannel, name = 'ts'): SlackMessage {
  const message = channel.messages.get(textOf(call.args[name]));
  if (message === undefined) throw new SlackRefusal('message_not_found');
  return message;
}

export function userArgument({ args, team }: Call, name = 'user'): SlackUser {
  const user = team.users.get(textOf(args[name]));
  if (user === undefined) throw new SlackRefusal('user_not_found');
  return user;
}

export function needScope({ grant }: Call, channel: SlackChannel, what: 'history' | 'read'): void {
  const scope = scopeOf(channel, what);
  if (!grant.scopes.has(scope))
    throw new SlackRefusal('missing_scope', { needed: scope, provided: [...grant.scopes].join() });
}

/** A page of rows, by a cursor that says where it begins. */
export function page<T>(rows: readonly T[], args: Json, most: number): { rows: T[]; more: Json; hasMore: boolean } {
  const limit = Math.min(numberArgument(args, 'limit', 100), most);
  if (limit < 1) throw new SlackRefusal('invalid_limit');
  const cursor = textOf(args['cursor']);
  const from = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString().split(':')[1]);
  if (!Number.isInteger(from)) throw new SlackRefusal('invalid_cursor');
  const end = from + limit;
  const hasMore = end < rows.length;
  const next = hasMore ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { rows: rows.slice(from, end), more: { response_metadata: { next_cursor: next } }, hasMore };
}
