import type { Json } from '../../discord/server/json.ts';
import { compareTs, nextTs } from './timestamps.ts';

export interface SlackUser {
  id: string;
  name: string;
  real: string;
  admin: boolean;
  owner: boolean;
  bot: boolean;
  guest: boolean;
  deleted: boolean;
  locale: string;
}

export interface SlackChannel {
  id: string;
  name: string;
  private: boolean;
  archived: boolean;
  /** A direct message with the app. */
  direct: boolean;
  members: Set<string>;
  /** By `ts`, in the order of posting. */
  messages: Map<string, SlackMessage>;
}

/** A message as the API gives it. */
export interface SlackMessage {
  type: 'message';
  ts: string;
  user: string;
  text: string;
  subtype?: string;
  thread_ts?: string;
  bot_id?: string;
  edited?: { user: string; ts: string };
  blocks?: Json[];
  files?: Json[];
  attachments?: Json[];
  metadata?: Json;
  [more: string]: unknown;
}

export interface SlackGroup {
  id: string;
  handle: string;
  users: string[];
}

export interface SlackTeam {
  id: string;
  name: string;
  domain: string;
  enterprise: string | null;
  /** The app as a member of the workspace. */
  bot: { id: string; user: string };
  users: Map<string, SlackUser>;
  channels: Map<string, SlackChannel>;
  groups: Map<string, SlackGroup>;
}

export const APP_ID = 'A0EVENKEEL';

/** What happens in workspaces, and who is told of it. */
export class SlackWorld {
  readonly teams = new Map<string, SlackTeam>();
  /** Tells the app of an event, where it is in the channel. */
  emit: (team: SlackTeam, event: Json) => void = () => {};
  #ids = 0;

  addTeam(name: string, { enterprise = null }: { enterprise?: string | null } = {}): SlackTeam {
    const id = this.#id('T');
    const bot = { id: this.#id('B'), user: this.#id('U') };
    const domain = name.toLowerCase();
    const team: SlackTeam = {
      id,
      name,
      domain,
      enterprise,
      bot,
      users: new Map(),
      channels: new Map(),
      groups: new Map(),
    };
    this.teams.set(id, team);
    this.addUser(team, 'evenkeel', { id: bot.user, bot: true });
    return team;
  }

  addUser(team: SlackTeam, real: string, more: Partial<SlackUser> = {}): SlackUser {
    const name = real.toLowerCase().replaceAll(/\W/g, '');
    const plain = { admin: false, owner: false, bot: false, guest: false, deleted: false, locale: 'en-US' };
    const user = { id: more.id ?? this.#id('U'), name, real, ...plain, ...more };
    team.users.set(user.id, user);
    return user;
  }

  /** With the app in it, unless `invited` is false. */
  addChannel(team: SlackTeam, name: string, more: { private?: boolean; invited?: boolean } = {}): SlackChannel {
    const channel: SlackChannel = {
      id: this.#id('C'),
      name,
      private: more.private ?? false,
      archived: false,
      direct: false,
      members: new Set(more.invited === false ? [] : [team.bot.user]),
      messages: new Map(),
    };
    team.channels.set(channel.id, channel);
    return channel;
  }

  /** The direct message of a person with the app. */
  directOf(team: SlackTeam, user: string): SlackChannel {
    const found = [...team.channels.values()].find(({ direct, members }) => direct && members.has(user));
    if (found !== undefined) return found;
    const channel = { ...this.addChannel(team, user), id: this.#id('D'), direct: true };
    channel.members.add(user);
    team.channels.set(channel.id, channel);
    return channel;
  }

  addGroup(team: SlackTeam, handle: string, users: string[]): SlackGroup {
    const group = { id: this.#id('S'), handle, users };
    team.groups.set(group.id, group);
    return group;
  }

  /** Someone writes. `more` as the API has it: `thread_ts`, `files`, `blocks`, `subtype`. */
  post(team: SlackTeam, channel: SlackChannel, user: SlackUser, text: string, more: Json = {}): SlackMessage {
    const { at, silent, ...rest } = more as Json & { at?: number; silent?: boolean };
    const message: SlackMessage = {
      type: 'message',
      user: user.id,
      text: escaped(text),
      ts: nextTs(at),
      client_msg_id: crypto.randomUUID(),
      team: team.id,
      ...rest,
    };
    return this.add(team, channel, message, silent === true);
  }

  /** Puts a finished message into a channel. */
  add(team: SlackTeam, channel: SlackChannel, message: SlackMessage, silent = false): SlackMessage {
    channel.members.add(message.user);
    channel.messages.set(message.ts, message);
    const parent = message.thread_ts === undefined ? undefined : channel.messages.get(message.thread_ts);
    if (parent !== undefined && parent !== message) {
      parent.thread_ts = parent.ts;
      parent['reply_count'] = Number(parent['reply_count'] ?? 0) + 1;
      parent['latest_reply'] = message.ts;
    }
    if (!silent) this.#tell(team, channel, { ...message, event_ts: message.ts });
    return message;
  }

  /** `unedited`: Slack itself changes it, as with a link's preview; `raw`: the text is escaped already. */
  edit(team: SlackTeam, channel: SlackChannel, ts: string, change: Json & { text?: string }): SlackMessage {
    const before = channel.messages.get(ts)!;
    const { silent, unedited, raw, ...rest } = change as Json & { silent?: boolean; unedited?: boolean; raw?: boolean };
    const at = nextTs();
    const after: SlackMessage = { ...before, ...rest };
    if (typeof change.text === 'string') {
      after.text = raw === true ? change.text : escaped(change.text);
      // Blocks said the same as the text.
      if (change['blocks'] === undefined) delete after.blocks;
    }
    if (unedited !== true) after.edited = { user: before.user, ts: at };
    channel.messages.set(ts, after);
    if (silent !== true) this.#changed(team, channel, before, after, at);
    return after;
  }

  /** The parent of a thread leaves a tombstone, everything else is gone. */
  remove(team: SlackTeam, channel: SlackChannel, ts: string, { silent = false } = {}): void {
    const before = channel.messages.get(ts)!;
    const at = nextTs();
    if (Number(before['reply_count'] ?? 0) > 0) {
      const { thread_ts, reply_count, latest_reply } = before;
      const tombstone = {
        type: 'message',
        subtype: 'tombstone',
        text: 'This message was deleted.',
        hidden: true,
      } as const;
      const after = { ...tombstone, user: 'USLACKBOT', ts, thread_ts, reply_count, latest_reply } as SlackMessage;
      channel.messages.set(ts, after);
      if (!silent) this.#changed(team, channel, before, after, at);
      return;
    }
    channel.messages.delete(ts);
    if (silent) return;
    const event = { type: 'message', subtype: 'message_deleted', hidden: true, deleted_ts: ts, ts: at, event_ts: at };
    this.#tell(team, channel, { ...event, previous_message: before });
  }

  /** Top-level posts and broadcast replies, newest first. */
  history(channel: SlackChannel): SlackMessage[] {
    return [...channel.messages.values()]
      .filter(
        ({ ts, thread_ts, subtype }) => thread_ts === undefined || thread_ts === ts || subtype === 'thread_broadcast',
      )
      .sort((one, other) => compareTs(other.ts, one.ts));
  }

  /** A thread, its parent first. */
  thread(channel: SlackChannel, ts: string): SlackMessage[] {
    return [...channel.messages.values()]
      .filter((message) => message.ts === ts || message.thread_ts === ts)
      .sort((one, other) => compareTs(one.ts, other.ts));
  }

  find(channel: string): { team: SlackTeam; channel: SlackChannel } | null {
    for (const team of this.teams.values()) {
      const found = team.channels.get(channel);
      if (found !== undefined) return { team, channel: found };
    }
    return null;
  }

  #changed(team: SlackTeam, channel: SlackChannel, before: SlackMessage, after: SlackMessage, at: string): void {
    const event = { type: 'message', subtype: 'message_changed', hidden: true, ts: at, event_ts: at };
    this.#tell(team, channel, { ...event, message: after, previous_message: before });
  }

  #tell(team: SlackTeam, channel: SlackChannel, event: Json): void {
    if (!channel.members.has(team.bot.user)) return;
    const kind = channel.direct ? 'im' : channel.private ? 'group' : 'channel';
    this.emit(team, { ...event, channel: channel.id, channel_type: kind });
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}${String(this.#ids).padStart(3, '0')}0000000`;
  }
}

/** The three characters that Slack writes as entities. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
