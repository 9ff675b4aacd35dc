import fc from 'fast-check';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Message } from '../../src/domain/message.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows } from './tables.ts';
import { address, COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

describeOnEachDatabase('intake', (create) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(create);
  });
  afterAll(() => world.close());

  test('a post is stored once, however often and beside whatever it is delivered', async () => {
    const before = await countRows(world.database, 'messages');
    const one = post('twice', 'something 20%');
    await world.moderation.receive([one, one, post('other', 'else 20%'), one]);
    await world.moderation.receive([one]);
    await world.settle();
    expect(await countRows(world.database, 'messages')).toBe(before + 2);
    expect(await countRows(world.database, 'verdicts')).toBe(await countRows(world.database, 'messages'));
  });

  test('an older revision that arrives late changes nothing', async () => {
    await world.moderation.receive([post('late', 'edited 90%', { revision: 5 })]);
    await world.settle();
    await world.moderation.receive([post('late', 'as first written 10%')]);
    await world.settle();
    const cards = await world.moderation.queue({ community: COMMUNITY });
    expect(cards.find((card) => card.message.message === 'late')).toMatchObject({
      text: 'edited 90%',
      message: { revision: 5 },
    });
  });

  test('how far posts are known moves on only, by channel until all of them are read', async () => {
    const community = { platform: 'discord', community: 'harbour' } as const;
    const { moderation } = world;
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 2, hour));
    expect(await moderation.marks(community)).toEqual({ everywhere: null, channels: new Map() });
    await moderation.mark(community, at(10));
    await moderation.mark({ ...community, channel: 'quay' }, at(12));
    await moderation.mark({ ...community, channel: 'quay' }, at(11));
    await moderation.mark({ ...community, channel: 'pier' }, at(11));
    const channels = new Map([
      ['quay', at(12)],
      ['pier', at(11)],
    ]);
    expect(await moderation.marks(community)).toEqual({ everywhere: at(10), channels });
    await moderation.mark(community, at(13));
    await moderation.mark(community, at(9));
    expect(await moderation.marks(community)).toEqual({ everywhere: at(13), channels: new Map() });
  });

  test('posts whose text is kept are named as long as it is, and only those of before', async () => {
    const yard = { platform: 'discord', community: 'yard' } as const;
    const made = (id: string, text: string, hour: number) =>
      post(id, text, { ...yard, postedAt: new Date(Date.UTC(2026, 10, 2, hour)) });
    await world.moderation.changeSettings(yard, { mode: 'review' }, 'ada');
    await world.moderation.receive([made('a', 'a 90%', 8), made('b', 'b 10%', 9), made('c', 'c 90%', 10)]);
    await world.moderation.receive([made('d', 'd 90%', 12)]);
    await world.settle();
    const kept = async () => {
      const found: string[] = [];
      for await (const each of world.moderation.kept(yard, new Date(Date.UTC(2026, 10, 2, 11))))
        found.push(each.message);
      return found;
    };
    expect(await kept()).toEqual(['a', 'c']);
    await world.moderation.remove([address('a', yard)]);
    expect(await kept()).toEqual(['c']);
  });

  test('the communities of an application are known until they are purged', async () => {
    const [ours, theirs] = ['red', 'blue'].map((community) => ({ platform: 'discord', community }) as const);
    await world.moderation.serve(ours!, 'app');
    await world.moderation.serve(theirs!, 'other app');
    expect(await world.moderation.served('discord', 'app')).toEqual(['red']);
    expect(await world.moderation.served('slack', 'app')).toEqual([]);
    await world.moderation.purge(ours!);
    expect(await world.moderation.served('discord', 'app')).toEqual([]);
  });

  test('of several revisions in one delivery the latest counts', async () => {
    await world.moderation.receive([
      post('thrice', 'second 10%', { revision: 2 }),
      post('thrice', 'third 80%', { revision: 3 }),
      post('thrice', 'first 10%', { revision: 1 }),
    ]);
    await world.settle();
    const cards = await world.moderation.queue({ community: COMMUNITY });
    expect(cards.find((card) => card.message.message === 'thrice')?.text).toBe('third 80%');
  });

  test('a post that was deleted before it arrived is never stored', async () => {
    await world.moderation.remove([address('gone')]);
    await world.moderation.receive([post('gone', 'too late 90%')]);
    await world.settle();
    const kept = await rowsOf(
      world.database.handle,
      sql`select from texts t join messages m on m.id = t.message_id where m.external_id = 'gone'`,
    );
    expect(kept).toEqual([]);
    const cards = await world.moderation.queue({ community: COMMUNITY });
    expect(cards.map((card) => card.message.message)).not.toContain('gone');
  });

  test('ids, authors and links that Postgres cannot hold as they are do no harm', async () => {
    const odd = { message: 'nul\0 and \uD800', author: '\0', link: 'https://example.org/\0', channel: 'a\0b' };
    const text = 'NUL \0, a lone surrogate \uDC00, zalgo ẗ̶̡̛͔, עברית, 🙂 95%';
    await world.moderation.receive([post(odd.message, text, odd)]);
    await world.settle();
    const [card] = await world.moderation.queue({ community: COMMUNITY, channel: odd.channel });
    expect(card?.text).toBe(text.toWellFormed());
    await world.moderation.remove([address(odd.message, odd)]);
    expect(await world.moderation.queue({ community: COMMUNITY, channel: odd.channel })).toEqual([]);
  });

  test.each([
    { revision: -1 },
    { revision: 0.5 },
    { revision: Number.NaN },
    { postedAt: new Date(Number.NaN) },
    { postedAt: new Date(8.64e15) },
  ])('a message that makes no sense is refused with the whole delivery: %j', async (wrong) => {
    const before = await countRows(world.database, 'messages');
    await expect(world.moderation.receive([post('fine', 'x'), post('wrong', 'x', wrong)])).rejects.toThrow('wrong');
    expect(await countRows(world.database, 'messages')).toBe(before);
  });

  test('a delivery of more posts than one transaction takes is stored whole', async () => {
    const before = await countRows(world.database, 'verdicts');
    const many = Array.from({ length: 300 }, (_, index) => post(`many-${index}`, 'calm', { channel: 'busy' }));
    await world.moderation.receive(many);
    await world.settle();
    expect(await countRows(world.database, 'verdicts')).toBe(before + 300);
  });

  test('posts, edits and deletes end in the same state in whatever order, however often and with whatever in between', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(deliveries(), async (steps) => {
        runs += 1;
        const community = `run ${runs}`;
        for (const step of steps) {
          if (step === 'settle') await world.settle();
          else if ('delete' in step) await world.moderation.remove([address(step.delete, { community })]);
          else await world.moderation.receive(step.posts.map((each) => ({ ...each, community })));
        }
        await world.settle();
        const cards = await world.moderation.queue({ community: { ...COMMUNITY, community } });
        const seen = cards.map(({ message, text, verdict, state }) => [message.message, text, verdict.score, state]);
        expect(new Set(seen)).toEqual(
          new Set([
            ['calm then hot', 'b 90%', 0.9, 'open'],
            ['hot and hotter', 'd 80%', 0.8, 'open'],
          ]),
        );
        expect(await textsOf(world, community)).toEqual(['calm then hot 1', 'hot and hotter 7']);
        const drawn = [...world.board.cards.values()].filter((card) => card.message.community === community);
        const open = drawn.filter((card) => card.state === 'open').map((card) => card.text);
        expect(new Set(open)).toEqual(new Set(['b 90%', 'd 80%']));
        expect(open.length).toBe(2);
        expect(drawn.filter((card) => card.state !== 'open').every((card) => card.text === null)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

/** Messages and revisions whose text is stored. */
async function textsOf({ database }: World, community: string): Promise<string[]> {
  const rows = await rowsOf<{ text: string }>(
    database.handle,
    sql`select m.external_id || ' ' || t.revision as text from texts t
      join messages m on m.id = t.message_id
      join channels c on c.id = m.channel_id
      join communities o on o.id = c.community_id
      where o.external_id = ${community} order by 1`,
  );
  return rows.map(({ text }) => text);
}

type Step = 'settle' | { delete: string } | { posts: Message[] };

/** Every event of four messages at least once, some twice, in any order, posts in groups, with pauses. */
function deliveries(): fc.Arbitrary<Step[]> {
  const events: Step[] = [
    { posts: [post('calm then hot', 'a 10%')] },
    { posts: [post('calm then hot', 'b 90%', { revision: 1 })] },
    { posts: [post('hot and hotter', 'c 70%')] },
    { posts: [post('hot and hotter', 'd 80%', { revision: 7 })] },
    { posts: [post('hot then calm', 'e 90%')] },
    { posts: [post('hot then calm', 'f 10%', { revision: 3 })] },
    { posts: [post('deleted', 'g 90%')] },
    { posts: [post('deleted', 'h 95%', { revision: 2 })] },
    { delete: 'deleted' },
  ];
  return fc
    .tuple(fc.array(fc.constantFrom<Step>(...events, 'settle'), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 4 }))
    .chain(([again, joints]) =>
      fc
        .shuffledSubarray([...events, ...again], { minLength: events.length + again.length })
        .map((steps) => joinSome(steps, joints)),
    );
}

/** Joins neighbouring deliveries of posts into one at the given places. */
function joinSome(steps: Step[], joints: number[]): Step[] {
  const joined = [...steps];
  for (const joint of joints) {
    const place = joint % (joined.length - 1);
    const [first, second] = [joined[place]!, joined[place + 1]!];
    if (typeof first === 'object' && typeof second === 'object' && 'posts' in first && 'posts' in second) {
      joined.splice(place, 2, { posts: [...first.posts, ...second.posts] });
    }
  }
  return joined;
}
