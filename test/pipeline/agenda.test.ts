import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../../src/domain/label.ts';
import type { Card } from '../../src/domain/flag.ts';
import { refreshAuditRates } from '../../src/pipeline/audit-draw.ts';
import { seeded } from '../../src/trainer/random.ts';
import { endRetention } from '../../src/roles/retention.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows, everyRow } from './tables.ts';
import { address, openWorld, post } from './world.ts';
import type { World } from './world.ts';

let communities = 0;

describeOnEachDatabase('what moderators are asked', (create) => {
  let world: World;
  let random: () => number;
  let town: { platform: 'local'; community: string };

  beforeAll(async () => {
    world = await openWorld(create, { random: () => random() });
  });
  afterAll(() => world.close());
  beforeEach(() => {
    communities += 1;
    random = () => 0;
    town = { platform: 'local', community: `town${communities}` };
  });

  async function receive(texts: readonly string[], from = 0): Promise<void> {
    await world.moderation.receive(texts.map((text, at) => post(`m${from + at}`, text, town)));
    await world.settle();
  }
  const sample = (auditsPerDay: number) => world.moderation.changeSettings(town, { auditsPerDay }, 'boss');
  const say = (card: Pick<Card, 'flag'>, moderator: string, answer: Answer) =>
    world.moderation.label({ community: town, flag: card.flag, moderator, answer });
  const agenda = (moderator: string, more: { language?: string; limit?: number } = {}) =>
    world.moderation.queue({ community: town, agendaOf: moderator, ...more });
  const calm = (count: number): string[] => Array.from({ length: count }, (_, at) => `calm ${10 + (at % 40)}%`);

  test('no unflagged post is drawn, and none of their text kept, unless an administrator wants it', async () => {
    const before = await countRows(world.database, 'texts');
    await receive(calm(20));
    expect(await countRows(world.database, 'texts')).toBe(before);
    expect(await agenda('mo')).toEqual([]);
  });

  test('drawn posts are asked about blind, as many a day as is wanted, and no card is made of them', async () => {
    await sample(3);
    const texts = await countRows(world.database, 'texts');
    await receive(calm(40));
    expect(await countRows(world.database, 'texts')).toBe(texts + 3);
    const asked = await agenda('mo', { limit: 50 });
    expect(asked).toHaveLength(3);
    for (const card of asked) expect(card).toMatchObject({ origin: 'audit', blind: true, text: expect.any(String) });
    expect([...world.board.cards.values()].filter(({ message }) => message.community === town.community)).toEqual([]);
    expect(await world.moderation.queue({ community: town })).toEqual([]);
    expect(await world.moderation.why(town, asked[0]!.flag)).toBeNull();
    expect(await world.moderation.stats(town, new Date(0))).toMatchObject({ messages: 40, flagged: 0, open: 0 });

    const answered = await say(asked[0]!, 'mo', 'polarized');
    expect(answered).toMatchObject({ state: 'decided', blind: false });
    expect(await world.moderation.stats(town, new Date(0))).toMatchObject({ flagged: 0, upheld: 0, labels: 1 });
    expect(await agenda('mo', { limit: 50 })).toHaveLength(2);
  });

  test('the share that is drawn follows the number of posts', async () => {
    random = seeded(5);
    await receive(calm(200));
    await sample(10);
    await receive(calm(64), 200);
    const asked = await agenda('mo', { limit: 50 });
    // Ten of two hundred a day are 3.2 of these on average: chance that it is more than ten is nil.
    expect(asked.length).toBeLessThan(10);
    await refreshAuditRates(world.database);
    await sample(0);
    await receive(calm(64), 264);
    expect(await agenda('mo', { limit: 50 })).toHaveLength(asked.length);
  });

  test('the text of a drawn post goes like any other: with its post, its author, and its time', async () => {
    await sample(3);
    await receive(['secret one 10%', 'secret two 20%', 'secret three 30%']);
    const asked = await agenda('mo', { limit: 3 });
    expect(asked).toHaveLength(3);
    const texts = async () => (await agenda('mo', { limit: 3 })).length;
    await world.moderation.remove([{ ...asked[0]!.message }]);
    expect(await texts()).toBe(2);
    // An edit is another text: it has a verdict of its own, and nothing keeps it.
    await world.moderation.receive([post(asked[1]!.message.message, 'edited 15%', { ...town, revision: 1 })]);
    await world.settle();
    expect(await texts()).toBe(1);
    await endRetention(world, new Date(Date.now() + 31 * 86_400_000));
    expect(await texts()).toBe(0);
    for (const { flag } of asked) expect((await world.moderation.case(town, flag))!.text).toBeNull();
    await world.moderation.forget(town, 'ann');
    const rows = (await everyRow(world.database)).filter(({ row }) => asked.some(({ flag }) => row.includes(flag)));
    expect(rows.filter(({ row }) => /\bann\b/.test(row))).toEqual([]);
  });

  test('a drawn post that is reported or edited above the threshold becomes a card like any other', async () => {
    await sample(2);
    await receive(['one 10%', 'two 20%']);
    expect(await agenda('mo')).toHaveLength(2);
    const report = { origin: 'report', who: 'member', reason: null } as const;
    await world.moderation.raise(post('m0', 'one 10%', town), report);
    await world.moderation.receive([post('m1', 'two 90%', { ...town, revision: 1 })]);
    await world.settle();
    const waiting = await world.moderation.queue({ community: town });
    expect(waiting.map(({ origin, blind }) => ({ origin, blind }))).toEqual(
      expect.arrayContaining([
        { origin: 'report', blind: false },
        { origin: 'score', blind: false },
      ]),
    );
    const drawn = [...world.board.cards.values()].filter(({ message }) => message.community === town.community);
    expect(drawn).toHaveLength(2);
  });

  test('an agenda mixes disputed, uncertain, drawn and certain posts, five a day, in one language if asked', async () => {
    await sample(2);
    await receive(['calm 10%', 'calm 12%']);
    await receive(['en: a 52%', 'en: b 55%', 'en: c 97%', 'en: d 99%', 'es: e 51%', 'en: f 80%', 'en: g 78%'], 2);
    const named = (cards: readonly Card[]) => cards.map(({ message }) => message.message);
    const disputed = (await world.moderation.find(address('m7', town)))!.card!;
    await say(disputed, 'ada', 'polarized');
    await say(disputed, 'ben', 'not_polarized');
    const asked = await agenda('mo');
    expect(asked).toHaveLength(5);
    expect(named(asked).slice(0, 2)).toEqual(['m7', 'm6']);
    expect(asked.filter(({ origin }) => origin === 'audit').length).toBeGreaterThan(0);
    expect(named(asked)).toContain('m5');
    expect(await agenda('mo')).toEqual(asked);
    expect(named(await agenda('mo', { language: 'es' }))).toEqual(['m6']);
    for (const card of asked) await say(card, 'mo', 'unsure');
    expect(await agenda('mo')).toEqual([]);
    expect((await agenda('mo', { limit: 10 })).length).toBeGreaterThan(0);
    // Nobody is asked about a post of their own.
    expect(await agenda('ann')).toEqual([]);
  });

  test('a known answer looks like a post that chance drew, and is asked of each moderator once', async () => {
    await receive(['en: known 95%', 'en: known 90%']);
    for (const card of await world.moderation.queue({ community: town })) {
      await say(card, 'ada', 'polarized');
      await world.moderation.confirm({ community: town, flag: card.flag, moderator: 'boss', answer: null });
    }
    // With ten places or more there is always one.
    const [card, ...others] = await agenda('mo', { limit: 10 });
    expect(others).toEqual([]);
    expect(card).toMatchObject({ blind: true, state: 'open', decision: 'undecided', labels: [], origin: 'audit' });
    expect(await say(card!, 'mo', 'not_polarized')).toMatchObject({ decision: 'polarized', state: 'decided' });
    const [second] = await agenda('mo', { limit: 10 });
    expect(second!.flag).not.toBe(card!.flag);
    await say(second!, 'mo', 'polarized');
    expect(await agenda('mo', { limit: 10 })).toEqual([]);
    expect(await agenda('ada', { limit: 10 })).toEqual([]);
  });

  test('recall is told from what drawn posts turned out to be, once enough were answered', async () => {
    await sample(50);
    await receive(calm(40));
    await receive(
      Array.from({ length: 20 }, (_, at) => `hot 9${at % 10}%`),
      40,
    );
    const since = new Date(0);
    for (const card of await world.moderation.queue({ community: town, limit: 100 }))
      await say(card, 'mo', 'polarized');
    expect((await world.moderation.agreement(town, since)).recall).toBeNull();
    const drawn = await agenda('mo', { limit: 100 });
    expect(drawn.length).toBeGreaterThan(20);
    for (const [at, card] of drawn.entries()) await say(card, 'mo', at < 5 ? 'polarized' : 'not_polarized');
    const { recall } = await world.moderation.agreement(town, since);
    // All forty were drawn and answered, so that nothing is left to estimate: 20 of 25 were flagged.
    expect(recall).toMatchObject({ asked: 40, estimate: 0.8, low: 0.8, high: 0.8 });
  });
});
