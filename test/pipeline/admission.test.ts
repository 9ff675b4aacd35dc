import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../database.ts';
import { countRows } from './tables.ts';
import { COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

describeOnEachDatabase('the raid cap', (create) => {
  let world: World;

  beforeEach(async () => {
    world = await openWorld(create);
    await world.moderation.changeSettings(COMMUNITY, { cardsPerHour: 3 }, 'mo');
  });
  afterEach(() => world.close());

  const raid = (from: number, to: number, channel = 'square') =>
    world.moderation.receive(
      Array.from({ length: to - from }, (_, at) =>
        post(`m${from + at}`, `raid ${60 + ((from + at) % 40)}%`, { channel }),
      ),
    );

  test('shows a channel’s fill an hour, then one card that counts the rest; all of them wait in the queue', async () => {
    await raid(0, 2);
    await world.settle();
    expect(world.board.cards.size).toBe(2);
    await raid(2, 30);
    await raid(30, 42);
    await world.settle();
    expect(world.board.cards.size).toBe(3);
    // One, or two where the clock's hour ends during the test.
    const summaries = [...world.board.summaries.values()];
    expect(summaries.length).toBeLessThanOrEqual(2);
    expect(summaries.reduce((held, summary) => held + summary.held, 0)).toBe(39);
    for (const summary of summaries) {
      expect(summary.channel).toEqual({ ...COMMUNITY, channel: 'square' });
      expect(world.board.posted.get(summary.id)).toBe(1);
      expect(summary.hour.getTime() % 3_600_000).toBe(0);
    }
    expect(await world.moderation.queue({ community: COMMUNITY, limit: 100 })).toHaveLength(42);
    expect(await countRows(world.database, 'flags')).toBe(42);
  });

  test('does not begin anew at the full hour', async () => {
    await raid(0, 3);
    await world.settle();
    const { handle } = world.database;
    await handle.execute(sql`update card_hours set hour = hour - interval '1 hour', shown = 1000000`);
    await raid(3, 6);
    await world.settle();
    expect(world.board.cards.size).toBe(3);
    await handle.execute(sql`update card_hours set hour = hour - interval '2 days'`);
    await raid(6, 9);
    await world.settle();
    expect(world.board.cards.size).toBe(6);
  });

  test('counts each channel on its own', async () => {
    await raid(0, 4, 'square');
    await raid(4, 8, 'plaza');
    await world.settle();
    expect(world.board.cards.size).toBe(6);
    expect([...world.board.summaries.values()].map(({ held }) => held)).toEqual([1, 1]);
  });

  test('lets the highest scores of what comes together have the cards', async () => {
    const waiting = await openWorld(create, { waiting: true });
    await waiting.moderation.changeSettings(COMMUNITY, { cardsPerHour: 2 }, 'mo');
    await waiting.moderation.receive([
      post('low', '60%'),
      post('high', '99%'),
      post('middle', '80%'),
      post('calm', '10%'),
    ]);
    await waiting.start();
    await waiting.settle();
    const shown = [...waiting.board.cards.values()].map(({ message }) => message.message);
    expect(shown.toSorted()).toEqual(['high', 'middle']);
    await waiting.close();
  });

  test('gives a card to what it held back once a person asks for others to see it', async () => {
    await raid(0, 5);
    await world.settle();
    const drawn = new Set([...world.board.cards.values()].map(({ flag }) => flag));
    const queue = await world.moderation.queue({ community: COMMUNITY });
    const [held, other] = queue.filter(({ flag }) => !drawn.has(flag));
    await world.moderation.label({ community: COMMUNITY, flag: held!.flag, moderator: 'mo', answer: 'unsure' });
    await world.settle();
    expect(world.board.cards.size).toBe(3);
    await world.moderation.escalate({ community: COMMUNITY, flag: held!.flag, moderator: 'mo', reason: null });
    const { message } = other!;
    await world.moderation.raise(post(message.message, other!.text!), { origin: 'report', who: 'bea', reason: null });
    await world.settle();
    expect(world.board.cards.size).toBe(5);
    expect([...world.board.posted.values()].every((times) => times === 1)).toBe(true);
  });

  test('is counted rightly where batches of one channel commit at the same time', async () => {
    await Promise.all([raid(0, 40), raid(40, 80), raid(80, 120)]);
    await world.settle();
    expect(world.board.cards.size).toBe(3);
    expect([...world.board.summaries.values()]).toMatchObject([{ shown: 3, held: 117 }]);
  });

  test('pings the chosen role from the chosen band up, until the hour’s pings are spent', async () => {
    const notify = { role: 'r1', minimumBand: 'high' as const, perHour: 2, quiet: null };
    await world.moderation.changeSettings(COMMUNITY, { cardsPerHour: null, notify }, 'mo');
    for (const [id, score] of [
      ['low', 55],
      ['first', 95],
      ['second', 96],
      ['third', 97],
    ] as const) {
      await world.moderation.receive([post(id, `${score}%`)]);
      await world.settle();
    }
    const pinged = [...world.board.cards.values()].map(({ message, notify: role }) => [message.message, role]);
    expect(Object.fromEntries(pinged)).toEqual({ low: null, first: 'r1', second: 'r1', third: null });
  });
});
