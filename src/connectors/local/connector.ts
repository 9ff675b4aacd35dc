import { randomUUID } from 'node:crypto';
import { cardContent } from '../card-content.ts';
import type { CardContent } from '../card-content.ts';
import { helpOf } from '../command-grammar.ts';
import type { Connector } from '../connector.ts';
import type { ChannelAddress } from '../../domain/message.ts';
import type { HttpRoute } from '../../runtime/http-route.ts';
import { messageOf } from '../../runtime/errors.ts';
import { SILENT } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import { channelState, LOCAL_COMMANDS, PAGE_WORDS, runCommand } from './commands.ts';
import type { LocalModeration } from './commands.ts';
import { EventStreams } from './event-streams.ts';
import { RefusedError } from './request-body.ts';
import { Room } from './room.ts';
import { localRoutes } from './routes.ts';
import type { ChatActions } from './routes.ts';
import { SAMPLE_CONVERSATION } from './sample-conversation.ts';
import { SamplePlayer } from './sample-player.ts';
import type { Post, Snapshot } from './wire.ts';

export const LOCAL_COMMUNITY = { platform: 'local', community: 'local' } as const;

/** The files of the page that speaks to the routes; whoever mounts the routes serves them. */
export const LOCAL_PAGE = new URL('./page/', import.meta.url);

/** Open flags that a page gets at once, and decided ones that it can look back on. */
const OPEN_LIMIT = 100;
const DONE_LIMIT = 100;
/** Weekly reports of the page that shows them. */
const REPORTS = 12;

export interface LocalConnectorOptions {
  moderation: LocalModeration;
  /** Default: general and random. */
  channels?: readonly string[];
  /** Between two posts of the sample conversation, in ms. */
  samplePaceMs?: number;
  log?: Logger;
}

export interface LocalConnector extends Connector {
  readonly routes: readonly HttpRoute[];
  /** Plays the sample conversation; resolves when it ended or the connector stops. Does nothing while one plays. */
  playSample(): Promise<void>;
}

/** A chat of our own, in memory, with one community; its members and moderators are whoever opens the page. */
export function createLocalConnector(options: LocalConnectorOptions): LocalConnector {
  const { moderation, channels = ['general', 'random'], samplePaceMs = 1200, log = SILENT } = options;
  const room = new Room();
  const streams = new EventStreams();
  const done = new Map<string, CardContent>();
  const stopping = new AbortController();
  let started = false;
  let sample: { player: SamplePlayer; end: Promise<void> } | null = null;
  let lastWrite: Promise<unknown> = Promise.resolve();

  function mustRun(): void {
    if (!started || stopping.signal.aborted) throw new RefusedError(503, 'The chat is not running. Try again soon.');
  }

  /** One change at a time, so that an edit never overtakes its post, nor a deletion either of them. */
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    mustRun();
    const result = lastWrite.then(change);
    lastWrite = result.catch(() => {});
    return result;
  }

  const addressOf = (channel: string): ChannelAddress => ({ ...LOCAL_COMMUNITY, channel });

  function ownPost({ id, author }: Pick<Post, 'id' | 'author'>): Post {
    const own = room.find(id);
    if (own === undefined) throw new RefusedError(404, 'The chat has no such post any more.');
    if (own.author !== author) throw new RefusedError(403, `Only ${own.author} can change this post.`);
    return own;
  }

  /** The pipeline has it before anyone sees it: what it could not store was not posted. */
  async function publish(published: Post): Promise<Post> {
    const { id: message, channel, revision, author, text } = published;
    const link = `/#post-${message}`;
    const postedAt = new Date(published.postedAt);
    await moderation.receive([{ ...addressOf(channel), message, revision, author, text, postedAt, link }]);
    room.put(published);
    streams.send({ type: 'post', post: published });
    return published;
  }

  function post(id: string, { channel, author, text }: Pick<Post, 'channel' | 'author' | 'text'>): Promise<Post> {
    if (!channels.includes(channel)) throw new RefusedError(404, `There is no #${channel} here.`);
    return inTurn(() => publish({ id, channel, author, text, postedAt: new Date().toISOString(), revision: 0 }));
  }

  async function snapshot(): Promise<Snapshot> {
    const [cards, ...policies] = await Promise.all([
      moderation.queue({ community: LOCAL_COMMUNITY, limit: OPEN_LIMIT + 1 }),
      ...channels.map((channel) => moderation.policy(addressOf(channel))),
    ]);
    return {
      channels: channels.flatMap((id, at) => (policies[at] === undefined ? [] : [channelState(id, policies[at])])),
      posts: room.posts(),
      open: cards.slice(0, OPEN_LIMIT).map((card) => cardContent(card, PAGE_WORDS)),
      more: cards.length > OPEN_LIMIT,
      done: [...done.values()].toReversed(),
      commands: LOCAL_COMMANDS.map((spec) => helpOf(spec, PAGE_WORDS)),
      samplePlaying: sample !== null,
    };
  }

  const chat: ChatActions = {
    listen: (signal) => {
      mustRun();
      return streams.open(async () => ({ type: 'snapshot', snapshot: await snapshot() }), signal);
    },
    post: (given) => post(randomUUID(), given),
    edit: (given) =>
      inTurn(() => {
        const before = ownPost(given);
        return publish({ ...before, text: given.text, revision: before.revision + 1 });
      }),
    remove: (given) =>
      inTurn(async () => {
        const { id, channel } = ownPost(given);
        await moderation.remove([{ ...addressOf(channel), message: id }]);
        room.remove(id);
        streams.send({ type: 'post-removed', id });
      }),
    label: (flag, moderator, answer) =>
      inTurn(async () => {
        const card = await moderation.label({ community: LOCAL_COMMUNITY, flag, moderator, answer });
        if (card === null) throw new RefusedError(404, 'There is no such flag here any more.');
        return card;
      }),
    undo: (flag, moderator) =>
      inTurn(async () => {
        const card = await moderation.undo({ community: LOCAL_COMMUNITY, flag, moderator });
        if (card === null) throw new RefusedError(404, 'There is no such flag here any more.');
        const kept = card.labels.some((each) => each.moderator === moderator);
        if (kept) throw new RefusedError(409, PAGE_WORDS.say('done.undoLate'));
        return card;
      }),
    command: (command, moderator, channel) =>
      inTurn(async () => {
        if (!channels.includes(channel)) throw new RefusedError(404, `There is no #${channel} here.`);
        const reply = await runCommand(moderation, command, { moderator, here: addressOf(channel), channels });
        if (reply.kind === 'policy' && reply.changed) streams.send({ type: 'channel', channel: reply.channel });
        return reply;
      }),
    reports: () => moderation.reports(LOCAL_COMMUNITY, REPORTS),
    startSample: () => {
      mustRun();
      if (sample !== null) throw new RefusedError(409, 'The sample conversation is already playing.');
      void playSample();
    },
  };

  function playSample(): Promise<void> {
    if (sample !== null) return sample.end;
    const player = new SamplePlayer({
      posts: SAMPLE_CONVERSATION,
      paceMs: samplePaceMs,
      signal: stopping.signal,
      post: async (id, each) => void (await post(id, each)),
      label: async (flag, answer) => void (await chat.label(flag, 'Sam (demo)', answer)),
    });
    streams.send({ type: 'sample', playing: true });
    const end = player
      .play()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn('the sample conversation broke off', { reason: messageOf(error) });
      })
      .finally(() => {
        sample = null;
        streams.send({ type: 'sample', playing: false });
      });
    sample = { player, end };
    return end;
  }

  return {
    platform: 'local',
    routes: localRoutes(chat),
    playSample,
    start: async () => {
      started = true;
    },
    stop: async () => {
      stopping.abort();
      streams.close();
      await Promise.all([lastWrite, sample?.end]);
    },
    show: async (card) => {
      const content = cardContent(card, PAGE_WORDS);
      done.delete(card.flag);
      if (card.state !== 'open') done.set(card.flag, content);
      for (const flag of done.keys()) if (done.size > DONE_LIMIT) done.delete(flag);
      sample?.player.shown(card);
      streams.send({ type: 'card', card: content });
      return { flag: card.flag };
    },
    // The page's queue shows what was held back by itself.
    showSummary: async ({ id }) => ({ summary: id }),
    // The page of reports reads them where they are kept.
    showReport: async ({ id }) => ({ report: id }),
  };
}
