import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { Classify } from '../../src/domain/verdict.ts';
import { classifyMessages } from '../../src/pipeline/classify.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows, everyRow } from './tables.ts';
import { address, COMMUNITY, openWorld, post, readScores } from './world.ts';
import type { World } from './world.ts';

async function pendingMessages({ database }: World): Promise<{ message: number }[]> {
  return rowsOf(database.handle, sql`select message_id as message from texts order by 1`);
}

describeOnEachDatabase('classify', (create) => {
  test('the text of what is not flagged is in no table once its verdict is written, plain or sealed', async () => {
    const world = await openWorld(create, { waiting: true });
    await world.moderation.receive([
      post('calm', 'a quiet walk 10%'),
      post('hot', 'a loud quarrel 90%'),
      post('', ' '),
    ]);
    const sealed = await rowsOf<{ hex: string; message: string }>(
      world.database.handle,
      sql`select encode(sealed, 'hex') as hex, external_id as message from texts join messages on id = message_id`,
    );
    const holding = async (needle: string): Promise<string[]> =>
      (await everyRow(world.database)).filter(({ row }) => row.includes(needle)).map(({ table }) => table);
    expect(sealed.length).toBe(3);
    for (const { hex } of sealed) expect(await holding(hex)).toEqual(['public.texts']);

    await world.start();
    await world.settle();
    for (const needle of ['quiet walk', Buffer.from('quiet walk').toString('hex'), 'loud quarrel']) {
      expect(await holding(needle)).toEqual([]);
    }
    for (const { hex, message } of sealed) {
      expect(await holding(hex)).toEqual(message === 'hot' ? ['public.texts'] : []);
    }
    expect([...world.board.cards.values()].map((card) => card.text)).toEqual(['a loud quarrel 90%']);
    await world.close();
  });

  test('in an overload the oldest posts are passed over, which is said, and those with a flag never', async () => {
    const world = await openWorld(create);
    const { moderation, database } = world;
    await moderation.changeSettings(COMMUNITY, { threshold: 0, auditsPerDay: 5 }, 'ada');
    await moderation.receive([post('flagged', 'old quarrel 90%')]);
    await world.settle();
    await world.queues.close();
    await moderation.receive([
      post('old', 'an old quarrel 91%'),
      post('flagged', 'edited quarrel 92%', { revision: 1 }),
      post('new', 'a new quarrel 93%'),
    ]);
    await database.handle.execute(
      sql`update texts t set received_at = now() - interval '50 s' from messages m
        where m.id = t.message_id and m.external_id <> 'new'`,
    );
    const asked: number[] = [];
    const unseenFrom = (oldest: number): number => {
      asked.push(Math.round(oldest));
      return 30;
    };
    const stored: { isSeen: boolean }[] = [];
    const texts: string[] = [];
    const classify: Classify = (some) => {
      texts.push(...some);
      return readScores(some);
    };
    const onStored = (some: readonly { isSeen: boolean }[]): void => void stored.push(...some);
    await classifyMessages({ ...world, classify, unseenFrom, onStored, random: () => 0 }, await pendingMessages(world));

    expect(asked).toEqual([50]);
    expect(texts.toSorted()).toEqual(['a new quarrel 93%', 'edited quarrel 92%']);
    expect(stored.filter(({ isSeen }) => !isSeen)).toHaveLength(1);
    expect(await moderation.find(address('old'))).toMatchObject({ verdict: { reason: 'unseen' } });
    expect((await moderation.find(address('new')))!.verdict.score).toBe(0.93);
    expect((await everyRow(database)).filter(({ row }) => row.includes('an old quarrel'))).toEqual([]);
    expect(
      await rowsOf(
        database.handle,
        sql`select m.external_id as message from texts t join messages m on m.id = t.message_id
      where m.external_id = 'old'`,
      ),
    ).toEqual([]);
    expect(await moderation.stats(COMMUNITY, new Date(0))).toMatchObject({ messages: 2, flagged: 2, unseen: 1 });
    expect(await moderation.doctor(COMMUNITY)).toContainEqual({ kind: 'unseen', level: 'problem', messages: 1 });
    await world.close();
  });

  test('nothing is left of a job that is done', async () => {
    const world = await openWorld(create);
    await world.moderation.receive([post('calm', '10%'), post('hot', '90%')]);
    await world.settle();
    expect(await countRows(world.database, 'pgboss.job')).toBe(0);
    await world.close();
  });

  test('a blank post gets a verdict like any other', async () => {
    const world = await openWorld(create);
    await world.moderation.receive([post('blank', ' \n')]);
    await world.settle();
    const rows = await rowsOf(world.database.handle, sql`select score, language, adapter, reason from verdicts`);
    expect(rows).toEqual([{ score: 0, language: 'und', adapter: 'none', reason: 'no-text' }]);
    await world.close();
  });

  test('the same job again, alone or at the same time, gives no second verdict and no second card', async () => {
    const world = await openWorld(create, { waiting: true });
    await world.moderation.receive([post('hot', '90%'), post('calm', '10%')]);
    const jobs = await pendingMessages(world);
    const parts = { ...world, classify: readScores };
    await Promise.all([classifyMessages(parts, jobs), classifyMessages(parts, jobs.toReversed())]);
    await classifyMessages(parts, jobs);
    await world.start();
    await world.settle();
    expect(await countRows(world.database, 'verdicts')).toBe(2);
    expect([...world.board.posted.values()]).toEqual([1]);
    await world.close();
  });

  test('a classifier that fails leaves everything as it was, and the post is tried again', async () => {
    let failures = 1;
    const world = await openWorld(create, {
      classify: (texts) => (failures-- > 0 ? Promise.reject(new Error('no memory')) : readScores(texts)),
    });
    await world.moderation.receive([post('hot', '90%')]);
    await world.settle();
    expect(failures).toBeLessThan(0);
    expect(await countRows(world.database, 'verdicts')).toBe(1);
    expect(world.board.cards.size).toBe(1);
    await world.close();
  });

  test('a transaction that dies half way leaves no verdict, no flag and no job, and keeps the text', async () => {
    const world = await openWorld(create, { waiting: true });
    await world.moderation.receive([post('hot', '90%'), post('calm', '10%')]);
    const jobs = await pendingMessages(world);
    const dying = {
      ...world.queues,
      sendMany: async (...sent: Parameters<typeof world.queues.sendMany>) => {
        await world.queues.sendMany(...sent);
        throw new Error('the connection died');
      },
    };
    const parts = { ...world, queues: dying, classify: readScores };
    await expect(classifyMessages(parts, jobs)).rejects.toThrow('the connection died');
    expect(await countRows(world.database, 'verdicts')).toBe(0);
    expect(await countRows(world.database, 'flags')).toBe(0);
    expect(await countRows(world.database, 'texts')).toBe(2);
    expect(await countRows(world.database, 'pgboss.job')).toBe(1);
    await world.close();
  });

  test.each([
    {
      what: 'edited',
      meanwhile: (world: World) => world.moderation.receive([post('m', 'now calm 10%', { revision: 1 })]),
      verdicts: [{ revision: 1, score: 0.1 }],
    },
    {
      what: 'deleted',
      meanwhile: (world: World) => world.moderation.remove([address('m')]),
      verdicts: [],
    },
  ])(
    'a post that is $what while the model reads it gets no verdict for what it was',
    async ({ meanwhile, verdicts }) => {
      const reading = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const slowly: Classify = async (texts) => {
        reading.resolve();
        await goOn.promise;
        return readScores(texts);
      };
      const world = await openWorld(create, { classify: slowly });
      await world.moderation.receive([post('m', 'hot 90%')]);
      await reading.promise;
      await meanwhile(world);
      goOn.resolve();
      await world.settle();
      expect(await rowsOf(world.database.handle, sql`select revision, score from verdicts`)).toEqual(verdicts);
      expect(await countRows(world.database, 'texts')).toBe(0);
      expect(world.board.cards.size).toBe(0);
      await world.close();
    },
  );

  test('one post that the classifier cannot stand keeps no other from its verdict', async () => {
    const world = await openWorld(create, {
      classify: (texts) =>
        texts.includes('poison') ? Promise.reject(new Error('cannot read this')) : readScores(texts),
      waiting: true,
    });
    await world.moderation.receive([post('a', '90%'), post('b', 'poison'), post('c', '90%')]);
    await world.start();
    const drawn = Promise.withResolvers<void>();
    const { show } = world.board;
    world.board.show = async (card, reference) => {
      const place = await show(card, reference);
      if (world.board.cards.size === 2) drawn.resolve();
      return place;
    };
    await drawn.promise;
    expect(await countRows(world.database, 'verdicts')).toBe(2);
    expect(
      (await world.moderation.queue({ community: COMMUNITY })).map(({ message }) => message.message).sort(),
    ).toEqual(['a', 'c']);
    await world.close();
  });
});
