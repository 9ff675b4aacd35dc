import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { channelArgument, jsonArgument, messageArgument } from './arguments.ts';
import { named } from './block-ids.ts';
import { blockFaults } from './check-blocks.ts';
import type { Call, Method, ServerState } from './server-state.ts';
import { SlackRefusal } from './slack-refusal.ts';
import { nextTs } from './timestamps.ts';
import { APP_ID } from './world.ts';
import type { SlackChannel, SlackMessage } from './world.ts';

const MOST_TEXT = 40_000;
const WORDS = ['text', 'blocks', 'attachments', 'markdown_text'];
const LOOKS = ['as_user', 'icon_emoji', 'icon_url', 'username'];
const POST = ['channel', ...WORDS, ...LOOKS, 'link_names', 'metadata', 'mrkdwn', 'parse', 'reply_broadcast'];
const UNFURL = ['unfurl_links', 'unfurl_media'];

export const CHAT_METHODS: Readonly<Record<string, Method>> = {
  'chat.postMessage': {
    scopes: ['chat:write'],
    args: [...POST, ...UNFURL, 'thread_ts'],
    needed: ['channel'],
    answer(server, call) {
      const { team, args } = call;
      const channel = team.users.has(textOf(args['channel']))
        ? server.world.directOf(team, textOf(args['channel']))
        : channelArgument(call);
      mustBeInside(call, channel);
      const message = server.world.add(team, channel, ownMessage(server, call));
      return { channel: channel.id, ts: message.ts, message };
    },
  },
  'chat.update': {
    scopes: ['chat:write'],
    args: ['channel', 'ts', ...WORDS, 'as_user', 'file_ids', 'link_names', 'metadata', 'parse', 'reply_broadcast'],
    needed: ['channel', 'ts'],
    answer(server, call) {
      const channel = channelArgument(call);
      const before = messageArgument(call, channel);
      if (before.user !== call.grant.user) throw new SlackRefusal('cant_update_message');
      const { text, blocks, metadata } = checkedWords(server, call.args);
      const change = { raw: true, text, ...(blocks && { blocks }), ...(metadata && { metadata }) };
      const after = server.world.edit(call.team, channel, before.ts, change);
      return { channel: channel.id, ts: before.ts, text, message: after };
    },
  },
  'chat.delete': {
    scopes: ['chat:write'],
    args: ['channel', 'ts', 'as_user'],
    needed: ['channel', 'ts'],
    answer(server, call) {
      const channel = channelArgument(call);
      const message = messageArgument(call, channel);
      const { grant, team } = call;
      const may = message.user === grant.user || (grant.kind === 'user' && team.users.get(grant.user)?.admin === true);
      if (!may) throw new SlackRefusal('cant_delete_message');
      server.world.remove(team, channel, message.ts);
      return { channel: channel.id, ts: message.ts };
    },
  },
  'chat.getPermalink': {
    scopes: [],
    args: ['channel', 'message_ts'],
    needed: ['channel', 'message_ts'],
    answer(server, call) {
      const channel = channelArgument(call);
      const { ts, thread_ts: thread } = messageArgument(call, channel, 'message_ts');
      const reply = thread === undefined || thread === ts ? '' : `?thread_ts=${thread}&cid=${channel.id}`;
      const permalink = `https://${call.team.domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${reply}`;
      return { channel: channel.id, permalink };
    },
  },
  'chat.postEphemeral': {
    scopes: ['chat:write'],
    args: [
      'channel',
      'user',
      ...WORDS,
      'as_user',
      'icon_emoji',
      'icon_url',
      'link_names',
      'parse',
      'thread_ts',
      'username',
    ],
    needed: ['channel', 'user'],
    answer(server, call) {
      const channel = channelArgument(call);
      mustBeInside(call, channel);
      const user = textOf(call.args['user']);
      if (!channel.members.has(user)) throw new SlackRefusal('user_not_in_channel');
      const message = ownMessage(server, call);
      server.ephemerals.push({ team: call.team.id, channel: channel.id, user, message });
      return { message_ts: message.ts };
    },
  },
};

function mustBeInside({ team, grant }: Call, channel: SlackChannel): void {
  if (channel.archived) throw new SlackRefusal('is_archived');
  if (!channel.direct && !channel.members.has(grant.user === '' ? team.bot.user : grant.user))
    throw new SlackRefusal('not_in_channel');
}

/** The message that these arguments make. */
function ownMessage(server: ServerState, { args, team, grant }: Call): SlackMessage {
  const { text, blocks, metadata } = checkedWords(server, args);
  const thread = textOf(args['thread_ts']);
  return {
    type: 'message',
    subtype: 'bot_message',
    user: grant.user,
    bot_id: team.bot.id,
    app_id: APP_ID,
    bot_profile: { id: team.bot.id, app_id: APP_ID, name: 'Evenkeel', team_id: team.id },
    team: team.id,
    ts: nextTs(),
    text,
    ...(blocks && { blocks }),
    ...(metadata && { metadata }),
    ...(thread !== '' && { thread_ts: thread }),
  };
}

/** What a message says, refused where Slack would. */
function checkedWords(server: ServerState, args: Json): { text: string; blocks?: Json[]; metadata?: Json } {
  const blocks = jsonArgument(args, 'blocks') as Json[] | undefined;
  const metadata = jsonArgument(args, 'metadata') as Json | undefined;
  const text = textOf(args['text']);
  if (text === '' && blocks === undefined && args['attachments'] === undefined && args['markdown_text'] === undefined)
    throw new SlackRefusal('no_text');
  if (text.length > MOST_TEXT) throw server.violation(`a text of ${text.length}`, 'msg_too_long');
  if (blocks !== undefined) server.refuse('invalid_blocks', 'blocks', blockFaults(blocks, 'message'));
  // A screen reader has nothing else.
  if (blocks !== undefined && text === '') server.refuse('no_text', 'a message', ['blocks without a text beside them']);
  if (metadata !== undefined) {
    const { event_type: type, event_payload: payload, ...rest } = metadata;
    const good = typeof type === 'string' && /^\w+$/.test(type) && typeof payload === 'object' && payload !== null;
    if (!good || Object.keys(rest).length > 0)
      throw server.violation('a metadata that is none', 'invalid_metadata_format');
    if (Object.values(payload).some((value) => typeof value === 'object'))
      throw server.violation('a metadata that is nested', 'invalid_metadata_schema');
  }
  return { text, ...(blocks && { blocks: named(blocks) }), ...(metadata && { metadata }) };
}
