import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { jsonArgument } from './arguments.ts';
import type { Method } from './server-state.ts';
import { SlackRefusal } from './slack-refusal.ts';
import { nextTs } from './timestamps.ts';
import { APP_ID } from './world.ts';

/** The three steps of an upload: the second is a plain POST of the bytes. */
export const FILE_METHODS: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': {
    scopes: ['files:write'],
    args: ['filename', 'length', 'alt_txt', 'alt_text', 'snippet_type'],
    needed: ['filename', 'length'],
    answer(server, { args }) {
      const id = `F${String(server.uploads.size + 1).padStart(8, '0')}`;
      const length = Number(args['length']);
      if (!(length > 0)) throw new SlackRefusal('invalid_arguments');
      server.uploads.set(id, { id, name: textOf(args['filename']), length, content: null, shared: null });
      return { file_id: id, upload_url: `${server.origin}/upload/v1/${id}` };
    },
  },
  'files.completeUploadExternal': {
    scopes: ['files:write'],
    args: ['files', 'channel_id', 'channels', 'initial_comment', 'blocks', 'thread_ts'],
    needed: ['files'],
    answer(server, { team, args, grant }) {
      const files = jsonArgument(args, 'files') as { id: string; title?: string }[];
      const at = textOf(args['channel_id']);
      const channel = at === '' ? null : (team.channels.get(at) ?? null);
      if (at !== '' && channel === null) throw new SlackRefusal('channel_not_found');
      if (channel !== null && !channel.direct && !channel.members.has(grant.user))
        throw new SlackRefusal('not_in_channel');
      const done = files.map(({ id, title }): Json => {
        const upload = server.uploads.get(id);
        if (upload === undefined || upload.content === null) throw new SlackRefusal('file_not_found');
        const comment = textOf(args['initial_comment']) || null;
        if (channel !== null) upload.shared = { channel: channel.id, title: title ?? upload.name, comment };
        return {
          id,
          title: title ?? upload.name,
          name: upload.name,
          size: upload.length,
          permalink: `${server.origin}/files/${id}`,
        };
      });
      if (channel !== null) {
        const text = textOf(args['initial_comment']);
        const own = { bot_id: team.bot.id, app_id: APP_ID, subtype: 'file_share' };
        server.world.add(team, channel, { type: 'message', ...own, user: grant.user, text, ts: nextTs(), files: done });
      }
      return { files: done };
    },
  },
};
