import { ChannelType, PermissionFlagsBits } from 'discord.js';
import type { APIMessage, MessageFlags } from 'discord.js';
import { ApiError, invalidForm, missingAccess, missingPermissions, unauthorized, unknown } from './api-error.ts';
import { commandFaults } from './check-commands.ts';
import { messageFaults } from './check-message.ts';
import { channelData } from './guild-world.ts';
import type { WorldChannel, WorldGuild } from './guild-world.ts';
import { textOf } from './json.ts';
import { shapeFaults, snowflake, text } from './shape.ts';
import type { ServerState } from './server-state.ts';

export interface ApiRequest {
  params: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** Of the audit log. */
  reason: string | null;
  authorized: boolean;
  /** The header, for what has rules of its own. */
  authorization: string;
}

interface Route {
  method: string;
  path: RegExp;
  /** Outside the global limit, and with a token of its own. */
  interaction?: boolean;
  answer(server: ServerState, request: ApiRequest): unknown;
}

const FOURTEEN_DAYS_MS = 14 * 24 * 60 * 60 * 1000;

/** The part of the API that the bot may use; any other request is a violation. */
export const ROUTES: readonly Route[] = [
  interaction('POST', '/oauth2/token', ({ oauth }, { body, authorization }) => oauth.exchange(body, authorization)),
  interaction('POST', '/oauth2/token/revoke', ({ oauth }, { body, authorization }) =>
    oauth.revoke(body, authorization),
  ),
  interaction('GET', '/users/@me/guilds', ({ oauth }, { authorization }) => oauth.guilds(authorization)),
  route('GET', '/gateway/bot', (server) => ({
    url: server.gatewayUrl,
    shards: server.gateway.rules.shards,
    session_start_limit: {
      total: 1000,
      remaining: Math.max(0, server.gateway.rules.identifies),
      reset_after: 86_400_000,
      max_concurrency: 16,
    },
  })),
  route('GET', '/gateway', (server) => ({ url: server.gatewayUrl })),
  route('GET', '/applications/@me', (server) => ({
    id: server.world.bot.id,
    name: 'Evenkeel',
    flags: server.applicationFlags,
    bot: server.world.bot,
  })),
  route('GET', '/users/@me', (server) => server.world.bot),
  route('PUT', '/applications/:id/commands', (server, { body }) => {
    const commands = body as unknown as Record<string, unknown>[];
    server.refuse('commands', commandFaults(commands));
    server.commands = commands;
    return commands.map((command, place) => ({ id: String(place + 1), ...command }));
  }),
  route('GET', '/guilds/:id', (server, { params }) => server.world.guildCreate(guildOf(server, params[0]!))),
  route('GET', '/guilds/:id/members/:user', (server, { params }) => memberOf(server, params)),
  route('PATCH', '/guilds/:id/members/:user', timeOut),
  route('GET', '/channels/:id', (server, { params }) => channelData(channelOf(server, params[0]!))),
  route('GET', '/channels/:id/threads/archived/public', (server, request) =>
    archivedThreads(server, request, ChannelType.PublicThread),
  ),
  route('GET', '/channels/:id/threads/archived/private', (server, request) => {
    need(server, channelOf(server, request.params[0]!), PermissionFlagsBits.ManageThreads);
    return archivedThreads(server, request, ChannelType.PrivateThread);
  }),
  route('GET', '/channels/:id/users/@me/threads/archived/private', (server, { params, query }) => {
    const channel = channelOf(server, params[0]!);
    need(server, channel, PermissionFlagsBits.ReadMessageHistory);
    const [limit, before] = [limitOf(server, query), query.get('before')];
    if (before !== null && snowflake(before) !== null) throw server.violation(`joined threads before ${before}`);
    const joined = [...guildOf(server, channel.guild).channels.values()]
      .filter(({ type, parent }) => type === ChannelType.PrivateThread && parent === channel.id)
      .filter(({ archived, members }) => archived !== null && members.includes(server.world.bot.id))
      .filter(({ id }) => before === null || BigInt(id) < BigInt(before))
      .sort((one, other) => Number(BigInt(other.id) - BigInt(one.id)));
    return { threads: joined.slice(0, limit).map(channelData), members: [], has_more: joined.length > limit };
  }),
  route('GET', '/channels/:id/messages', (server, { params, query }) => {
    const channel = channelOf(server, params[0]!);
    need(server, channel, PermissionFlagsBits.ReadMessageHistory);
    const limit = Number(query.get('limit') ?? 50);
    if (!(limit >= 1 && limit <= 100)) throw server.violation(`history with a limit of ${limit}`);
    const [before, after] = [query.get('before') ?? undefined, query.get('after') ?? undefined];
    const where = [before, after, query.get('around') ?? undefined].filter((id) => id !== undefined);
    if (where.length > 1 || where.some((id) => snowflake(id) !== null))
      throw server.violation(`history by ${query.toString()}`);
    return server.world.history(channel, { before, after, limit });
  }),
  route('GET', '/channels/:id/messages/:message', (server, { params }) => {
    const channel = channelOf(server, params[0]!);
    need(server, channel, PermissionFlagsBits.ReadMessageHistory);
    return messageOf(channel, params[1]!);
  }),
  route('POST', '/channels/:id/messages', createMessage),
  route('PATCH', '/channels/:id/messages/:message', (server, { params, body }) => {
    const channel = channelOf(server, params[0]!);
    const message = messageOf(channel, params[1]!);
    if (message.author.id !== server.world.bot.id)
      throw new ApiError(403, 50005, 'Cannot edit a message authored by another user');
    const flags = message.flags! | Number(body['flags'] ?? 0);
    server.refuse('edit', messageFaults({ ...body, flags }, { edits: true, as: 'edit' }));
    return server.world.edit(channel, message.id, { ...(body as Partial<APIMessage>), flags });
  }),
  route('DELETE', '/channels/:id/messages/:message', (server, { params, reason }) => {
    const channel = channelOf(server, params[0]!);
    const message = messageOf(channel, params[1]!);
    const own = message.author.id === server.world.bot.id;
    if (!own) need(server, channel, PermissionFlagsBits.ManageMessages);
    server.world.remove(channel, message.id);
    server.auditLog.push({ action: 'delete', target: message.id, reason });
    return undefined;
  }),
  route('POST', '/channels/:id/messages/bulk-delete', (server, { params, body, reason }) => {
    const channel = channelOf(server, params[0]!);
    need(server, channel, PermissionFlagsBits.ManageMessages);
    const ids = body['messages'] as string[];
    if (ids.length < 2 || ids.length > 100) throw server.violation(`a bulk delete of ${ids.length}`);
    const oldest = Date.now() - FOURTEEN_DAYS_MS;
    if (ids.some((id) => Date.parse(channel.messages.get(id)?.timestamp ?? '') < oldest))
      throw new ApiError(400, 50034, 'Too old');
    server.world.remove(channel, ...ids);
    server.auditLog.push({ action: 'bulk delete', target: ids.join(), reason });
    return undefined;
  }),
  interaction('POST', '/interactions/:id/:token/callback', (server, { params, body }) => {
    server.desk.respond(params[0]!, params[1]!, body);
    return undefined;
  }),
  interaction('PATCH', '/webhooks/:id/:token/messages/@original', (server, { params, body }) =>
    server.desk.editReply(params[1]!, body),
  ),
  interaction('POST', '/webhooks/:id/:token', (server, { params, body }) => server.desk.followUp(params[1]!, body)),
];

function limitOf(server: ServerState, query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= 100)) throw server.violation(`archived threads with a limit of ${limit}`);
  return limit;
}

/** The last archived first. */
function archivedThreads(server: ServerState, { params, query }: ApiRequest, kind: ChannelType): unknown {
  const channel = channelOf(server, params[0]!);
  need(server, channel, PermissionFlagsBits.ReadMessageHistory);
  const [limit, before] = [limitOf(server, query), query.get('before')];
  if (before !== null && Number.isNaN(Date.parse(before))) throw server.violation(`threads archived before ${before}`);
  const archived = [...guildOf(server, channel.guild).channels.values()]
    .filter((each) => each.type === kind && each.parent === channel.id && each.archived !== null)
    .filter((each) => before === null || each.archived! < new Date(before))
    .sort((one, other) => other.archived!.getTime() - one.archived!.getTime());
  return { threads: archived.slice(0, limit).map(channelData), members: [], has_more: archived.length > limit };
}

function route(method: string, path: string, answer: Route['answer']): Route {
  const authorized: Route['answer'] = (server, request) => {
    if (!request.authorized) throw unauthorized();
    return answer(server, request);
  };
  return { method, path: patternOf(path), answer: authorized };
}

function interaction(method: string, path: string, answer: Route['answer']): Route {
  return { method, path: patternOf(path), answer, interaction: true };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`);
}

function guildOf(server: ServerState, id: string): WorldGuild {
  const guild = server.world.guilds.get(id);
  if (guild === undefined) throw unknown('Guild');
  return guild;
}

function channelOf(server: ServerState, id: string): WorldChannel {
  const channel = server.world.findChannel(id);
  if (channel === undefined) throw unknown('Channel');
  const guild = guildOf(server, channel.guild);
  const may = server.world.permissionsOf(guild, server.world.bot.id, channel);
  if ((may & PermissionFlagsBits.ViewChannel) === 0n) throw missingAccess();
  return channel;
}

function need(server: ServerState, channel: WorldChannel, permission: bigint): void {
  const guild = guildOf(server, channel.guild);
  if ((server.world.permissionsOf(guild, server.world.bot.id, channel) & permission) !== permission)
    throw missingPermissions();
}

function messageOf(channel: WorldChannel, id: string): APIMessage {
  const message = channel.messages.get(id);
  if (message === undefined) throw unknown('Message');
  return message;
}

function memberOf(server: ServerState, [guild, user]: string[]): unknown {
  const member = guildOf(server, guild!).members.get(user!);
  if (member === undefined) throw unknown('Member');
  return member;
}

function createMessage(server: ServerState, { params, body }: ApiRequest): APIMessage {
  const channel = channelOf(server, params[0]!);
  const sending =
    channel.type === ChannelType.PublicThread
      ? PermissionFlagsBits.SendMessagesInThreads
      : PermissionFlagsBits.SendMessages;
  need(server, channel, sending);
  server.refuse('message', messageFaults(body, { as: 'create' }));
  const nonce = body['nonce'] as string | undefined;
  if (nonce !== undefined && body['enforce_nonce'] === true && !server.plain) {
    const same = server.nonces.get(nonce);
    if (same !== undefined) return messageOf(channel, same);
  }
  const { nonce: _nonce, enforce_nonce: _enforced, allowed_mentions: _mentions, ...content } = body;
  const flags = Number(body['flags'] ?? 0) as MessageFlags;
  const message = server.world.post(channel, server.world.bot, textOf(body['content']), {
    ...(content as Partial<APIMessage>),
    flags,
  });
  if (nonce !== undefined) server.nonces.set(nonce, message.id);
  return message;
}

function timeOut(server: ServerState, { params, body, reason }: ApiRequest): unknown {
  const guild = guildOf(server, params[0]!);
  const member = guild.members.get(params[1]!);
  if (member === undefined) throw unknown('Member');
  const { world } = server;
  const theirs = world.permissionsOf(guild, member.user.id);
  if ((world.permissionsOf(guild, world.bot.id) & PermissionFlagsBits.ModerateMembers) === 0n)
    throw missingPermissions();
  if ((theirs & PermissionFlagsBits.Administrator) !== 0n) throw missingPermissions();
  server.refuse(
    'timeout',
    shapeFaults(body, { required: { communication_disabled_until: text(20, 40) } }, 'the member'),
  );
  const until = textOf(body['communication_disabled_until']);
  const ms = Date.parse(until) - Date.now();
  if (!(ms > 0 && ms <= 28 * 24 * 60 * 60 * 1000)) throw invalidForm(['communication_disabled_until']);
  member.communication_disabled_until = until;
  server.auditLog.push({ action: 'timeout', target: member.user.id, reason });
  return member;
}
