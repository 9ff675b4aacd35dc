import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { RETENTION_DAYS } from '../../src/domain/settings.ts';
import { endRetention, RETENTION_SCHEDULE } from '../../src/roles/retention.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows } from '../pipeline/tables.ts';
import { address, COMMUNITY, openWorld, post } from '../pipeline/world.ts';

const DAY_MS = 86_400_000;

describeOnEachDatabase('retention', (create) => {
  test('ends for flagged texts, decided on or not, and for those that never got a verdict, and cards say so', async () => {
    const world = await openWorld(create);
    const { moderation, board } = world;
    await moderation.receive([post('decided', 'one 90%'), post('open', 'two 90%')]);
    await world.settle();
    const [one] = await moderation.queue({ community: COMMUNITY, sort: 'score' });
    await moderation.label({ community: COMMUNITY, flag: one!.flag, moderator: 'mo', answer: 'polarized' });
    await world.settle();

    await endRetention(world, new Date(Date.now() + (RETENTION_DAYS - 1) * DAY_MS));
    await world.settle();
    expect(await countRows(world.database, 'texts')).toBe(2);
    await endRetention(world, new Date(Date.now() + (RETENTION_DAYS + 1) * DAY_MS));
    await world.settle();
    expect(await countRows(world.database, 'texts')).toBe(0);
    expect([...board.cards.values()].map(({ text, state }) => [text, state])).toEqual(
      expect.arrayContaining([
        [null, 'decided'],
        [null, 'open'],
      ]),
    );
    expect([...board.posted.values()]).toEqual([1, 1]);
    await world.close();
  });

  test('ends for more texts than one transaction takes', async () => {
    const world = await openWorld(create, { waiting: true });
    await world.moderation.receive(Array.from({ length: 1100 }, (_, index) => post(`m${index}`, 'waits')));
    await endRetention(world, new Date(Date.now() + (RETENTION_DAYS + 1) * DAY_MS));
    expect(await countRows(world.database, 'texts')).toBe(0);
    await world.close();
  });

  test('ends for the mark of a message that was deleted before it was seen', async () => {
    const world = await openWorld(create, { waiting: true });
    await world.moderation.remove([address('never seen')]);
    await endRetention(world);
    expect(await countRows(world.database, 'messages')).toBe(1);
    await endRetention(world, new Date(Date.now() + (RETENTION_DAYS + 1) * DAY_MS));
    expect(await countRows(world.database, 'messages')).toBe(0);
    await world.close();
  });

  test('runs on a schedule', async () => {
    const world = await openWorld(create, { waiting: true });
    await world.queues.schedule('retention', RETENTION_SCHEDULE);
    await world.queues.schedule('retention', RETENTION_SCHEDULE);
    expect(await rowsOf(world.database.handle, sql`select name, cron from pgboss.schedule`)).toEqual([
      { name: 'retention', cron: RETENTION_SCHEDULE },
    ]);
    await world.close();
  });
});
