import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { channelArgument, flagArgument, needScope, page } from './arguments.ts';
import type { Call, Method, ServerState } from './server-state.ts';
import { scopeOf } from './server-state.ts';
import { SlackRefusal } from './slack-refusal.ts';
import { compareTs } from './timestamps.ts';
import type { SlackChannel, SlackMessage } from './world.ts';

const HISTORY = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];
const READ = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];
const PAGE = ['cursor', 'limit'];
const SPAN = [...PAGE, 'channel', 'include_all_metadata', 'inclusive', 'latest', 'oldest'];

export const CONVERSATION_METHODS: Readonly<Record<string, Method>> = {
  'conversations.history': {
    scopes: HISTORY,
    args: SPAN,
    needed: ['channel'],
    answer: (server, call) => read(server, call, (channel) => server.world.history(channel)),
  },
  'conversations.replies': {
    scopes: HISTORY,
    args: [...SPAN, 'ts'],
    needed: ['channel', 'ts'],
    answer(server, call) {
      const ts = textOf(call.args['ts']);
      return read(server, call, (channel) => {
        if (!channel.messages.has(ts)) throw new SlackRefusal('thread_not_found');
        return server.world.thread(channel, ts);
      });
    },
  },
  'conversations.info': {
    scopes: READ,
    args: ['channel', 'include_locale', 'include_num_members'],
    needed: ['channel'],
    answer(_server, call) {
      const channel = channelArgument(call);
      needScope(call, channel, 'read');
      return { channel: channelData(channel, call.team.bot.user) };
    },
  },
  'conversations.members': {
    scopes: READ,
    args: [...PAGE, 'channel'],
    needed: ['channel'],
    answer(_server, call) {
      const channel = channelArgument(call);
      needScope(call, channel, 'read');
      const { rows, more } = page([...channel.members], call.args, 1000);
      return { members: rows, ...more };
    },
  },
  'conversations.list': {
    scopes: READ,
    args: [...PAGE, 'exclude_archived', 'team_id', 'types'],
    answer: (_server, call) => list(call, () => true),
  },
  'users.conversations': {
    scopes: READ,
    args: [...PAGE, 'exclude_archived', 'team_id', 'types', 'user'],
    answer: (_server, call) => list(call, ({ members }) => members.has(call.grant.user)),
  },
  'conversations.open': {
    scopes: ['im:write', 'mpim:write', 'channels:manage', 'groups:write'],
    args: ['channel', 'prevent_creation', 'return_im', 'users'],
    answer(server, { team, args }) {
      const user = textOf(args['users']);
      if (!team.users.has(user)) throw new SlackRefusal('user_not_found');
      return { channel: { id: server.world.directOf(team, user).id } };
    },
  },
  'conversations.join': {
    scopes: ['channels:join'],
    args: ['channel'],
    needed: ['channel'],
    answer(_server, call) {
      const channel = channelArgument(call);
      if (channel.private) throw new SlackRefusal('method_not_supported_for_channel_type');
      channel.members.add(call.grant.user);
      return { channel: channelData(channel, call.grant.user) };
    },
  },
};

function read(server: ServerState, call: Call, rowsOf: (channel: SlackChannel) => SlackMessage[]): Json {
  const { args, grant } = call;
  const channel = channelArgument(call);
  needScope(call, channel, 'history');
  if (!channel.direct && !channel.members.has(grant.user)) throw new SlackRefusal('not_in_channel');
  const inclusive = flagArgument(args, 'inclusive');
  const [oldest, latest] = [textOf(args['oldest']), textOf(args['latest'])];
  for (const ts of [oldest, latest])
    if (ts !== '' && !/^\d+(\.\d{1,6})?$/.test(ts)) throw new SlackRefusal('invalid_ts_latest');
  const within = rowsOf(channel).filter(({ ts }) => {
    const [after, before] = [oldest === '' ? 1 : compareTs(ts, oldest), latest === '' ? -1 : compareTs(ts, latest)];
    return inclusive ? after >= 0 && before <= 0 : after > 0 && before < 0;
  });
  const { rows, more, hasMore } = page(within, args, Math.min(server.historyPage, 999));
  const metadata = flagArgument(args, 'include_all_metadata');
  const messages = rows.map(({ metadata: said, ...message }) =>
    metadata && said ? { ...message, metadata: said } : message,
  );
  return { messages, has_more: hasMore, ...more };
}

function list({ team, args, grant }: Call, wanted: (channel: SlackChannel) => boolean): Json {
  const types = (textOf(args['types']) || 'public_channel').split(',').map((each) => each.trim());
  const known = new Set(['public_channel', 'private_channel', 'mpim', 'im']);
  if (types.some((type) => !known.has(type))) throw new SlackRefusal('invalid_types');
  const channels = [...team.channels.values()].filter((channel) => {
    const type = channel.direct ? 'im' : channel.private ? 'private_channel' : 'public_channel';
    if (!types.includes(type)) return false;
    if (!grant.scopes.has(scopeOf(channel, 'read')))
      throw new SlackRefusal('missing_scope', { needed: scopeOf(channel, 'read') });
    if (channel.private && !channel.members.has(grant.user)) return false;
    return wanted(channel) && !(channel.archived && flagArgument(args, 'exclude_archived'));
  });
  const { rows, more } = page(channels, args, 1000);
  return { channels: rows.map((channel) => channelData(channel, grant.user)), ...more };
}

function channelData(channel: SlackChannel, self: string): Json {
  const { id, name, private: closed, archived, direct, members } = channel;
  return {
    id,
    ...(!direct && { name, name_normalized: name }),
    is_channel: !closed && !direct,
    is_group: closed,
    is_im: direct,
    is_mpim: false,
    is_private: closed || direct,
    is_archived: archived,
    is_member: members.has(self),
    num_members: members.size,
    created: 1_700_000_000,
  };
}
