import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Card } from '../../src/domain/flag.ts';
import type { Answer } from '../../src/domain/label.ts';
import { findAudit } from '../../src/store/audit.ts';
import { findCommunity } from '../../src/store/channels.ts';
import { describeOnEachDatabase } from '../database.ts';
import { COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

const OTHERS = { platform: 'local', community: 'village' } as const;

describeOnEachDatabase('review', (create) => {
  let world: World;
  let hot: Card;
  let warm: Card;
  let spanish: Card;

  beforeAll(async () => {
    world = await openWorld(create);
    for (const [message, text, channel] of [
      ['hot', 'hot 95%', 'square'],
      ['warm', 'warm 55%', 'square'],
      ['spanish', 'es: caliente 80%', 'plaza'],
      ['calm', 'calm 10%', 'square'],
    ] as const) {
      await world.moderation.receive([post(message, text, { channel })]);
      await world.settle();
    }
    await world.moderation.receive([post('elsewhere', 'hot too 90%', OTHERS)]);
    await world.settle();
    const cards = await world.moderation.queue({ community: COMMUNITY });
    [spanish, warm, hot] = cards as [Card, Card, Card];
  });
  afterAll(() => world.close());

  function names(cards: readonly Card[]): string[] {
    return cards.map((card) => card.message.message);
  }

  function answer(
    card: Card,
    moderator: string,
    given: Answer,
    community = COMMUNITY as typeof COMMUNITY | typeof OTHERS,
  ) {
    return world.moderation.label({ community, flag: card.flag, moderator, answer: given });
  }

  test('shows open flags newest first, or by score, or nearest to the threshold', async () => {
    const queue = (sort?: 'new' | 'score' | 'uncertain') => world.moderation.queue({ community: COMMUNITY, sort });
    expect(names(await queue())).toEqual(['spanish', 'warm', 'hot']);
    expect(names(await queue('new'))).toEqual(['spanish', 'warm', 'hot']);
    expect(names(await queue('score'))).toEqual(['hot', 'spanish', 'warm']);
    expect(names(await queue('uncertain'))).toEqual(['warm', 'spanish', 'hot']);
  });

  test('narrows the queue by channel, language and number', async () => {
    const queue = (filter: object) => world.moderation.queue({ community: COMMUNITY, ...filter });
    expect(names(await queue({ channel: 'plaza' }))).toEqual(['spanish']);
    expect(names(await queue({ language: 'en' }))).toEqual(['warm', 'hot']);
    expect(names(await queue({ limit: 1 }))).toEqual(['spanish']);
    expect(names(await queue({ channel: 'nowhere' }))).toEqual([]);
  });

  test('finds a case by its id or the beginning of it, with and without hyphens', async () => {
    for (const id of [
      hot.flag,
      hot.flag.slice(0, 6),
      hot.flag.slice(0, 13),
      hot.flag.replaceAll('-', '').toUpperCase(),
    ]) {
      expect((await world.moderation.case(COMMUNITY, id))?.flag).toBe(hot.flag);
    }
    for (const id of ['', hot.flag.slice(0, 5), 'nothing', '000000', `${hot.flag}0`, "' or 1=1"]) {
      expect(await world.moderation.case(COMMUNITY, id)).toBeNull();
    }
  });

  test('answers nothing about the flags of another community, or of none', async () => {
    for (const community of [OTHERS, { platform: 'local', community: 'nowhere' } as const]) {
      expect(await world.moderation.case(community, hot.flag)).toBeNull();
      expect(await answer(hot, 'spy', 'not_polarized', community as typeof OTHERS)).toBeNull();
      expect(names(await world.moderation.queue({ community }))).not.toContain('hot');
    }
    const discord = { platform: 'discord', community: COMMUNITY.community } as const;
    expect(await world.moderation.case(discord, hot.flag)).toBeNull();
    expect((await world.moderation.case(COMMUNITY, hot.flag))?.labels).toEqual([]);
    expect(await world.moderation.stats({ platform: 'local', community: 'nowhere' }, new Date(0))).toEqual({
      messages: 0,
      flagged: 0,
      open: 0,
      labels: 0,
      upheld: 0,
      overturned: 0,
      reports: 0,
      appeals: 0,
      answers: { polarized: 0, not_polarized: 0, unsure: 0 },
      languages: [],
      adapters: [],
      days: expect.any(Array),
      histogram: Array.from({ length: 10 }, () => 0),
      unseen: 0,
    });
  });

  test('a label of a flag that does not exist is none', async () => {
    expect(await answer({ ...hot, flag: '5f0c7a52-7e0f-4f3c-9d3a-0c1d2e3f4a5b' }, 'mo', 'polarized')).toBeNull();
    expect(await answer({ ...hot, flag: 'no uuid' }, 'mo', 'polarized')).toBeNull();
    expect(await answer({ ...hot, flag: hot.flag.slice(0, 8) }, 'mo', 'polarized')).toBeNull();
  });

  test('labels decide by majority; a tie opens the flag again; a later answer replaces the earlier', async () => {
    expect(await answer(warm, 'ada', 'polarized')).toMatchObject({ state: 'decided', decision: 'polarized' });
    expect(names(await world.moderation.queue({ community: COMMUNITY }))).toEqual(['spanish', 'hot']);
    expect(await answer(warm, 'ben', 'not_polarized')).toMatchObject({ state: 'open', decision: 'undecided' });
    expect(await answer(warm, 'eve', 'unsure')).toMatchObject({ state: 'open', decision: 'undecided' });
    const card = await answer(warm, 'ada', 'not_polarized');
    expect(card).toMatchObject({ state: 'decided', decision: 'not_polarized' });
    expect(new Map(card!.labels.map(({ moderator, answer: given }) => [moderator, given]))).toEqual(
      new Map([
        ['ada', 'not_polarized'],
        ['ben', 'not_polarized'],
        ['eve', 'unsure'],
      ]),
    );
    await world.settle();
    const drawn = [...world.board.cards.values()].find(({ flag }) => flag === warm.flag);
    expect(drawn).toEqual(await world.moderation.case(COMMUNITY, warm.flag));
  });

  test('the same answer again changes nothing and is logged once', async () => {
    await answer(spanish, 'ada', 'polarized');
    const first = await world.moderation.case(COMMUNITY, spanish.flag);
    await answer(spanish, 'ada', 'polarized');
    expect(await world.moderation.case(COMMUNITY, spanish.flag)).toEqual(first);
    const id = await findCommunity(world.database.handle, COMMUNITY);
    const log = await findAudit(world.database.handle, id!, 100);
    expect(log.filter(({ details }) => details['flag'] === spanish.flag)).toEqual([
      {
        who: 'ada',
        what: 'label',
        at: expect.any(Date),
        details: { flag: spanish.flag, revision: 0, answer: 'polarized', decision: 'polarized' },
      },
    ]);
  });

  test('answers given at the same time are counted together', async () => {
    for (let time = 0; time < 8; time += 1) {
      const [ada, ben]: Answer[] = time % 2 === 0 ? ['polarized', 'not_polarized'] : ['not_polarized', 'polarized'];
      await Promise.all([answer(hot, 'ada', ada!), answer(hot, 'ben', ben!)]);
      expect(await world.moderation.case(COMMUNITY, hot.flag)).toMatchObject({ state: 'open', decision: 'undecided' });
    }
    expect(await answer(hot, 'eve', 'polarized')).toMatchObject({ state: 'decided', decision: 'polarized' });
  });

  test('counts a community since a moment', async () => {
    expect(await world.moderation.stats(COMMUNITY, new Date(0))).toEqual({
      messages: 4,
      flagged: 3,
      open: 0,
      labels: 7,
      upheld: 2,
      overturned: 1,
      reports: 0,
      appeals: 0,
      unseen: 0,
      answers: { polarized: 3, not_polarized: 3, unsure: 1 },
      languages: [
        { language: 'en', messages: 3, flagged: 2, upheld: 1, overturned: 1 },
        { language: 'es', messages: 1, flagged: 1, upheld: 1, overturned: 0 },
      ],
      adapters: [
        { adapter: 'en', version: 'abcdef012345', messages: 3, flagged: 2, upheld: 1, overturned: 1 },
        { adapter: 'es', version: 'abcdef012345', messages: 1, flagged: 1, upheld: 1, overturned: 0 },
      ],
      days: expect.any(Array),
      histogram: [0, 1, 0, 0, 0, 1, 0, 0, 1, 1],
    });
    const { days } = await world.moderation.stats(COMMUNITY, new Date(Date.now() - 2 * 86_400_000));
    expect(days.map(({ messages, flagged }) => [messages, flagged])).toEqual([
      [0, 0],
      [0, 0],
      [4, 3],
    ]);
    expect(await world.moderation.stats(OTHERS, new Date(0))).toMatchObject({
      messages: 1,
      flagged: 1,
      open: 1,
      labels: 0,
    });
    expect(await world.moderation.stats(COMMUNITY, new Date(Date.now() + 60_000))).toMatchObject({
      messages: 0,
      flagged: 0,
      labels: 0,
      upheld: 0,
      overturned: 0,
    });
  });

  test('a threshold or mode is set for one channel, checked, and logged', async () => {
    const channel = { ...COMMUNITY, channel: 'strict' };
    expect(await world.moderation.policy(channel)).toEqual({ mode: 'review', threshold: 0.5 });
    expect(await world.moderation.setThreshold(channel, 0.9, 'mo')).toEqual({ mode: 'review', threshold: 0.9 });
    expect(await world.moderation.setMode(channel, 'observe', 'mo')).toEqual({ mode: 'observe', threshold: 0.9 });
    expect(await world.moderation.policy(channel)).toEqual({ mode: 'observe', threshold: 0.9 });
    expect(await world.moderation.policy({ ...COMMUNITY, channel: 'square' })).toMatchObject({ threshold: 0.5 });
    for (const wrong of [-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(world.moderation.setThreshold(channel, wrong, 'mo')).rejects.toThrow(
        `${wrong} is not a number from 0 to 1`,
      );
    }
    await expect(world.moderation.setMode(channel, 'loud' as 'review', 'mo')).rejects.toThrow('loud is not a mode');
    const id = await findCommunity(world.database.handle, COMMUNITY);
    const log = await findAudit(world.database.handle, id!, 2);
    expect(log.map(({ who, what, details }) => ({ who, what, details }))).toEqual([
      { who: 'mo', what: 'mode', details: { channel: 'strict', mode: 'observe' } },
      { who: 'mo', what: 'threshold', details: { channel: 'strict', threshold: 0.9 } },
    ]);
  });

  test('a text that is only checked is stored nowhere', async () => {
    const before = await world.moderation.stats(COMMUNITY, new Date(0));
    expect(await world.moderation.check('es: prueba 66%')).toMatchObject({ score: 0.66, language: 'es' });
    expect(await world.moderation.stats(COMMUNITY, new Date(0))).toEqual(before);
  });
});
