import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLocalConnector } from '../../../src/connectors/local/connector.ts';
import type { LocalConnector } from '../../../src/connectors/local/connector.ts';
import type { Post, Snapshot } from '../../../src/connectors/local/wire.ts';
import { MemoryModeration } from '../memory-moderation.ts';
import { EventFeed, ask, postAs } from './client.ts';

let moderation: MemoryModeration;
let chat: LocalConnector;
const feeds: EventFeed[] = [];

beforeEach(async () => {
  moderation = new MemoryModeration();
  chat = createLocalConnector({ moderation, samplePaceMs: 1 });
  moderation.connector = chat;
  await chat.start();
});

afterEach(async () => {
  await chat.stop();
  await Promise.all(feeds.splice(0).map((feed) => feed.ended));
});

async function listen(): Promise<EventFeed> {
  const feed = await EventFeed.open(chat.routes);
  feeds.push(feed);
  return feed;
}

async function snapshot(): Promise<Snapshot> {
  const feed = await listen();
  const event = await feed.find('snapshot');
  feed.close();
  return event.snapshot;
}

async function errorOf(response: Response): Promise<[status: number, error: string]> {
  return [response.status, ((await response.json()) as { error: string }).error];
}

describe('the local chat', () => {
  it('begins with its channels, their policy and nothing said', async () => {
    expect(await snapshot()).toMatchObject({
      channels: [
        { id: 'general', mode: 'review', threshold: 0.5 },
        { id: 'random', mode: 'review', threshold: 0.5 },
      ],
      posts: [],
      open: [],
      done: [],
      more: false,
      samplePlaying: false,
    });
  });

  it('tells everyone of a post, its edit and its removal, in this order', async () => {
    const feed = await listen();
    const { id } = await postAs(chat.routes, 'Ana', 'one');
    await ask(chat.routes, 'PUT', `/api/local/posts/${id}`, { author: 'Ana', text: 'two' });
    await ask(chat.routes, 'DELETE', `/api/local/posts/${id}`, { author: 'Ana' });
    await feed.find('post-removed');
    const heard = feed.heard.slice(1).map((event) => (event.type === 'post' ? event.post.text : event.type));
    expect(heard).toEqual(['one', 'two', 'post-removed']);
  });

  it('shows a newcomer what was said, oldest first, and the edited text only', async () => {
    const { id } = await postAs(chat.routes, 'Ana', 'one');
    await postAs(chat.routes, 'Bo', 'three', 'random');
    await ask(chat.routes, 'PUT', `/api/local/posts/${id}`, { author: 'Ana', text: 'two' });
    const { posts } = await snapshot();
    expect(posts.map(({ text, channel, revision }) => [text, channel, revision])).toEqual([
      ['two', 'general', 1],
      ['three', 'random', 0],
    ]);
  });

  it('forgets what was said long ago', async () => {
    for (let at = 0; at <= 300; at += 1) await postAs(chat.routes, 'Ana', `post ${at}`);
    const { posts } = await snapshot();
    expect([posts.length, posts[0]!.text, posts.at(-1)!.text]).toEqual([300, 'post 1', 'post 300']);
  });

  it('shows no post that could not be stored', async () => {
    moderation.failNext = true;
    const failing = ask(chat.routes, 'POST', '/api/local/posts', { author: 'Ana', text: 'lost', channel: 'general' });
    await expect(failing).rejects.toThrow('the database is away');
    await postAs(chat.routes, 'Ana', 'kept');
    expect((await snapshot()).posts.map(({ text }) => text)).toEqual(['kept']);
  });

  it('keeps a name in one visible line', async () => {
    const { author } = await postAs(chat.routes, '  Ana\n\u{202e}\0 Maria ', 'hello');
    expect(author).toBe('Ana Maria');
  });

  it.each<[string, unknown, number, RegExp]>([
    ['no JSON', '{"text": ', 400, /not JSON/],
    ['JSON that is no object', '[1]', 400, /not an object/],
    ['an empty text', { author: 'Ana', text: ' \n ', channel: 'general' }, 400, /`text` is empty/],
    ['a text of another type', { author: 'Ana', text: 7, channel: 'general' }, 400, /`text` has to be a text/],
    [
      'a text beyond all reason',
      { author: 'Ana', text: 'x'.repeat(16_001), channel: 'general' },
      400,
      /16001 characters; at most 16000/,
    ],
    ['no name', { text: 'hello', channel: 'general' }, 400, /`author`/],
    ['an invisible name', { author: '\u{200b}', text: 'hello', channel: 'general' }, 400, /`author`/],
    ['a long name', { author: 'x'.repeat(41), text: 'hello', channel: 'general' }, 400, /1 to 40 characters/],
    ['an unknown channel', { author: 'Ana', text: 'hello', channel: 'secret' }, 404, /no #secret/],
  ])('refuses a post with %s and says why', async (_what, body, status, error) => {
    expect(await errorOf(await ask(chat.routes, 'POST', '/api/local/posts', body))).toEqual([
      status,
      expect.stringMatching(error),
    ]);
    expect(moderation.received).toEqual([]);
  });

  it('takes a post of 10,000 characters, lone surrogates and NUL as they are', async () => {
    const text = `${'ü'.repeat(9_996)}\ud800\0🍋`;
    await postAs(chat.routes, 'Ana', text);
    expect(moderation.received[0]!.text).toBe(text);
  });

  it("lets no one change another member's post", async () => {
    const { id } = await postAs(chat.routes, 'Ana', 'mine');
    for (const method of ['PUT', 'DELETE'] as const) {
      const response = await ask(chat.routes, method, `/api/local/posts/${id}`, { author: 'Bo', text: 'yours' });
      expect(await errorOf(response)).toEqual([403, 'Only Ana can change this post.']);
    }
    expect((await snapshot()).posts.map(({ text }) => text)).toEqual(['mine']);
  });

  it('says so where a post is gone', async () => {
    const response = await ask(chat.routes, 'PUT', '/api/local/posts/gone', { author: 'Ana', text: 'x' });
    expect(await errorOf(response)).toEqual([404, 'The chat has no such post any more.']);
  });

  it('refuses everything once it is stopped, and ends every stream', async () => {
    const feed = await listen();
    await chat.stop();
    await feed.ended;
    const response = await ask(chat.routes, 'POST', '/api/local/posts', {
      author: 'Ana',
      text: 'x',
      channel: 'general',
    });
    expect((await errorOf(response))[0]).toBe(503);
    await expect(EventFeed.open(chat.routes)).rejects.toThrow('not running');
  });

  it('orders an edit and a deletion behind the post that they follow', async () => {
    const resume = moderation.pause();
    const posting = ask(chat.routes, 'POST', '/api/local/posts', { author: 'Ana', text: 'one', channel: 'general' });
    await moderation.asked;
    const second = postAs(chat.routes, 'Ana', 'two');
    resume();
    const { id } = (await (await posting).json()) as Post;
    await Promise.all([
      ask(chat.routes, 'PUT', `/api/local/posts/${id}`, { author: 'Ana', text: 'one again' }),
      ask(chat.routes, 'DELETE', `/api/local/posts/${id}`, { author: 'Ana' }),
      second,
    ]);
    expect(moderation.received.map(({ text }) => text)).toEqual(['one', 'two', 'one again']);
    expect(moderation.removed.map(({ message }) => message)).toEqual([id]);
  });
});

describe("the moderators' side of the local chat", () => {
  it('has a flagged post as an open card, which a label moves to the done ones', async () => {
    const feed = await listen();
    const { id } = await postAs(chat.routes, 'Ana', 'They are the enemy');
    const { card } = await feed.find('card');
    expect(card).toMatchObject({ message: id, state: 'open', text: 'They are the enemy', link: `/#post-${id}` });
    expect((await snapshot()).open).toEqual([card]);

    const body = { flag: card.flag, moderator: 'Sam', answer: 'not_polarized' };
    const response = await ask(chat.routes, 'POST', '/api/local/labels', body);
    const labelled = await response.json();
    expect(labelled).toMatchObject({ state: 'decided', status: 'Not polarized, says Sam.' });
    const after = await snapshot();
    expect([after.open, after.done]).toEqual([[], [labelled]]);
  });

  it('lets a moderator take an answer back for ten minutes, and says so when they have passed', async () => {
    await postAs(chat.routes, 'Ana', 'They are the enemy');
    const { flag } = (await snapshot()).open[0]!;
    const answer = () =>
      ask(chat.routes, 'POST', '/api/local/labels', { flag, moderator: 'Sam', answer: 'not_polarized' });
    const undo = (moderator: string, of = flag) => ask(chat.routes, 'DELETE', `/api/local/labels/${of}`, { moderator });
    await answer();
    expect(await (await undo('Sam')).json()).toMatchObject({ state: 'open', labels: [] });
    expect((await snapshot()).open).toMatchObject([{ flag, labels: [] }]);
    expect((await errorOf(await undo('Sam', '7c9e6679-7425-40de-944b-e07fc1f90ae7')))[0]).toBe(404);

    await answer();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
    const late = await errorOf(await undo('Sam'));
    vi.useRealTimers();
    expect(late).toEqual([409, expect.stringContaining('ten minutes')]);
    expect((await snapshot()).done).toMatchObject([{ flag, decision: 'not_polarized' }]);
  });

  it('keeps no text of a removed post', async () => {
    const { id } = await postAs(chat.routes, 'Ana', 'They are the enemy');
    await ask(chat.routes, 'DELETE', `/api/local/posts/${id}`, { author: 'Ana' });
    const after = await snapshot();
    expect(after.done).toMatchObject([{ state: 'removed', text: null }]);
    expect(JSON.stringify(after)).not.toContain('the enemy');
  });

  it('says that more flags wait than are sent at once', async () => {
    for (let at = 0; at <= 100; at += 1) await postAs(chat.routes, 'Ana', `enemy ${at}`);
    const { open, more } = await snapshot();
    expect([open.length, more]).toEqual([100, true]);
  });

  it('refuses a label of an unknown flag or answer', async () => {
    const flag = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const label = (answer: string): Promise<Response> =>
      ask(chat.routes, 'POST', '/api/local/labels', { flag, moderator: 'Sam', answer });
    expect((await errorOf(await label('polarized')))[0]).toBe(404);
    expect(await errorOf(await label('maybe'))).toEqual([
      400,
      '`answer` has to be one of polarized, not_polarized, unsure.',
    ]);
  });

  async function command(text: string, channel = 'general'): Promise<Response> {
    return ask(chat.routes, 'POST', '/api/local/commands', { text, moderator: 'Sam', channel });
  }

  it('answers queue with the open flags that fit', async () => {
    await postAs(chat.routes, 'Ana', 'They are the enemy');
    await postAs(chat.routes, 'Paco', 'Los fascistas, esa gente', 'random');
    const authors = async (text: string): Promise<string[]> => {
      const reply = (await (await command(text)).json()) as { cards: { author: string }[] };
      return reply.cards.map(({ author }) => author);
    };
    expect(await authors('/keel-mod queue')).toEqual(['Paco', 'Ana']);
    expect(await authors('/keel-mod queue #general')).toEqual(['Ana']);
    expect(await authors('/keel-mod queue language:es')).toEqual(['Paco']);
    expect(await (await command('/keel-mod queue limit:1')).json()).toMatchObject({ kind: 'queue', more: true });
  });

  it('answers case by a prefix of its id', async () => {
    const feed = await listen();
    await postAs(chat.routes, 'Ana', 'They are the enemy');
    const { card } = await feed.find('card');
    expect(await (await command(`/keel-mod case ${card.case}`)).json()).toEqual({ kind: 'case', card });
    expect((await errorOf(await command('/keel-mod case 00000000')))[0]).toBe(404);
  });

  it('answers stats with the names of the languages', async () => {
    await postAs(chat.routes, 'Ana', 'Hello');
    const reply = await (await command('/keel-mod stats 30d')).json();
    expect(reply).toMatchObject({ kind: 'stats', days: 30, stats: { messages: 1 }, languageNames: { en: 'English' } });
  });

  it('checks a text without storing it', async () => {
    const reply = await (await command('/keel-mod check They are the enemy')).json();
    expect(reply).toMatchObject({ kind: 'check', score: 0.94, threshold: 0.5, verdict: { score: '0.94' } });
    expect(moderation.received).toEqual([]);
  });

  it('changes a threshold and a mode, here or in the channel that is named, and tells everyone', async () => {
    const feed = await listen();
    const changed = await (await command('/keel-admin threshold 0.7')).json();
    expect(changed).toEqual({
      kind: 'policy',
      changed: true,
      channel: { id: 'general', mode: 'review', threshold: 0.7 },
    });
    await command('/keel-admin mode observe #random');
    await feed.find('channel', ({ channel }) => channel.id === 'random' && channel.mode === 'observe');
    expect((await snapshot()).channels).toEqual([
      { id: 'general', mode: 'review', threshold: 0.7 },
      { id: 'random', mode: 'observe', threshold: 0.5 },
    ]);
  });

  it('only reads a policy where no value is given', async () => {
    const reply = await (await command('/keel-admin threshold')).json();
    expect(reply).toMatchObject({ changed: false, channel: { threshold: 0.5 } });
  });

  it.each([
    ['/keel-mod nonsense', 400, /knows no `nonsense`/],
    ['/keel-mod queue #nowhere', 404, /no #nowhere here. There are #general, #random/],
    ['/keel-admin mode observe #nowhere', 404, /no #nowhere here/],
  ])('refuses %s and says what to do', async (text, status, error) => {
    expect(await errorOf(await command(text))).toEqual([status, expect.stringMatching(error)]);
  });
});
