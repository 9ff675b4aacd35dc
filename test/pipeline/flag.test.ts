import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Card } from '../../src/domain/flag.ts';
import type { Message } from '../../src/domain/message.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { address, COMMUNITY, openWorld, post, readScores } from './world.ts';
import type { World } from './world.ts';

describeOnEachDatabase('a flag', (create) => {
  let world: World;
  let channel: string;
  let tests = 0;
  beforeAll(async () => {
    world = await openWorld(create);
  });
  beforeEach(() => {
    channel = `channel ${(tests += 1)}`;
  });
  afterAll(() => world.close());

  async function say(text: string, more: Partial<Message> = {}): Promise<void> {
    await world.moderation.receive([post('m', text, { channel, ...more })]);
    await world.settle();
  }

  /** The cards of this test's channel, as last drawn. */
  function drawn(): Card[] {
    return [...world.board.cards.values()].filter((card) => card.message.channel === channel);
  }

  function answer(flag: string, moderator: string, given: 'polarized' | 'not_polarized' | 'unsure') {
    return world.moderation.label({ community: COMMUNITY, flag, moderator, answer: given });
  }

  test('is raised at the threshold and above, with all that a card needs', async () => {
    await say('a view 50%', { link: 'https://example.org/1' });
    expect(drawn()).toEqual([
      {
        flag: expect.stringMatching(/^[0-9a-f]{8}-/),
        message: { ...address('m', { channel }), revision: 0 },
        author: 'ann',
        link: 'https://example.org/1',
        postedAt: new Date('2026-11-01T12:00:00Z'),
        text: 'a view 50%',
        verdict: { score: 0.5, language: 'en', adapter: 'en', adapterVersion: 'abcdef012345', reason: 'language' },
        threshold: 0.5,
        state: 'open',
        decision: 'undecided',
        labels: [],
        edited: false,
        attachments: 0,
        origin: 'score',
        blind: false,
        reports: [],
        escalation: null,
        appeal: null,
        notify: null,
      },
    ]);
  });

  test('is not raised below the threshold', async () => {
    await say('a view 49%');
    expect(drawn()).toEqual([]);
  });

  test('is not raised where a channel is only observed, as other platforms are until someone asks', async () => {
    const slack = { platform: 'slack', community: 'team', channel } as const;
    await world.moderation.receive([post('m', '90%', slack)]);
    await world.settle();
    expect(await world.moderation.policy(slack)).toEqual({ mode: 'observe', threshold: 0.5 });
    expect(await world.moderation.queue({ community: slack })).toEqual([]);
  });

  test('speaks of the edited post on the same card', async () => {
    await say('first 90%');
    await say('second 80%', { revision: 1 });
    expect(drawn()).toMatchObject([{ text: 'second 80%', edited: true, state: 'open', verdict: { score: 0.8 } }]);
    expect(world.board.posted.get(drawn()[0]!.flag)).toBe(1);
  });

  test('is withdrawn when an edit falls below the threshold, and no text is left', async () => {
    await say('first 90%');
    await say('calm 10%', { revision: 1 });
    expect(drawn()).toMatchObject([{ state: 'withdrawn', text: null, edited: true, verdict: { score: 0.1 } }]);
    await say('hot again 95%', { revision: 2 });
    expect(drawn()).toMatchObject([{ state: 'open', text: 'hot again 95%' }]);
    expect(drawn().length).toBe(1);
  });

  test('that was decided opens again for an edit, with no label of the text before it', async () => {
    await say('first 90%');
    const { flag } = drawn()[0]!;
    await answer(flag, 'mo', 'polarized');
    await world.settle();
    expect(drawn()).toMatchObject([{ state: 'decided', decision: 'polarized', labels: [{ moderator: 'mo' }] }]);
    await say('second 80%', { revision: 1 });
    expect(drawn()).toMatchObject([{ state: 'open', decision: 'undecided', labels: [] }]);
    await answer(flag, 'mo', 'not_polarized');
    await world.settle();
    expect(drawn()).toMatchObject([{ state: 'decided', decision: 'not_polarized', labels: [{ moderator: 'mo' }] }]);
    const decisions = await rowsOf(
      world.database.handle,
      sql`select revision, decision from decisions where flag_id = ${flag}::uuid order by revision`,
    );
    expect(decisions).toEqual([
      { revision: 0, decision: 'polarized' },
      { revision: 1, decision: 'not_polarized' },
    ]);
  });

  test('of a deleted post loses its text everywhere at once and says so on its card, once', async () => {
    await say('first 90%');
    const { flag } = drawn()[0]!;
    await world.moderation.remove([address('m', { channel }), address('m', { channel })]);
    expect(await world.moderation.case(COMMUNITY, flag)).toMatchObject({ state: 'removed', text: null });
    await world.settle();
    expect(drawn()).toMatchObject([{ state: 'removed', text: null }]);
    await world.moderation.remove([address('m', { channel })]);
    await say('edited after all 90%', { revision: 1 });
    expect(drawn()).toMatchObject([{ state: 'removed', text: null, edited: false }]);
  });

  test('that was withdrawn or removed takes no labels any more', async () => {
    await say('first 90%');
    const { flag } = drawn()[0]!;
    await say('calm 10%', { revision: 1 });
    expect(await answer(flag, 'mo', 'polarized')).toMatchObject({ state: 'withdrawn', labels: [] });
    await world.moderation.remove([address('m', { channel })]);
    expect(await answer(flag, 'mo', 'polarized')).toMatchObject({ state: 'removed', labels: [] });
  });

  test('follows the threshold and mode of the moment of its verdict, whatever they become later', async () => {
    const where = { ...COMMUNITY, channel };
    await say('before 60%');
    await world.moderation.setThreshold(where, 0.7, 'mo');
    expect(drawn()).toMatchObject([{ state: 'open', threshold: 0.5 }]);
    await say('after 60%', { message: 'after' });
    await say('hotter 70%', { message: 'hotter' });
    await world.moderation.setMode(where, 'observe', 'mo');
    await say('observed 90%', { message: 'observed' });
    expect(new Set(drawn().map(({ message, threshold }) => `${message.message} at ${threshold}`))).toEqual(
      new Set(['m at 0.5', 'hotter at 0.7']),
    );
  });

  test('keeps quoting the flagged post until its edit has a verdict', async () => {
    const goOn = Promise.withResolvers<void>();
    const reading = Promise.withResolvers<void>();
    const slow = await openWorld(create, {
      async classify(texts) {
        if (texts.includes('second 80%')) {
          reading.resolve();
          await goOn.promise;
        }
        return readScores(texts);
      },
    });
    await slow.moderation.receive([post('m', 'first 90%')]);
    await slow.settle();
    await slow.moderation.receive([post('m', 'second 80%', { revision: 1 })]);
    await reading.promise;
    expect(await slow.moderation.queue({ community: COMMUNITY })).toMatchObject([{ text: 'first 90%', edited: false }]);
    goOn.resolve();
    await slow.settle();
    expect(await slow.moderation.queue({ community: COMMUNITY })).toMatchObject([{ text: 'second 80%', edited: true }]);
    await slow.close();
  });
});
