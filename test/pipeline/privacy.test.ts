import { afterAll, beforeAll, expect, test } from 'vitest';
import { endRetention } from '../../src/roles/retention.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows, everyRow } from './tables.ts';
import { address, COMMUNITY, openWorld, post, readScores } from './world.ts';
import type { World } from './world.ts';

const OTHERS = { platform: 'local', community: 'village' } as const;
const DAY_MS = 86_400_000;

describeOnEachDatabase('privacy', (create) => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld(create);
  });
  afterAll(() => world.close());

  const receive = async (...messages: Parameters<World['moderation']['receive']>[0]): Promise<void> => {
    await world.moderation.receive(messages);
    await world.settle();
  };
  const mentions = async (words: RegExp) => (await everyRow(world.database)).filter(({ row }) => words.test(row));

  test('an opt-out holds from the next post on, in its community only, until it is taken back', async () => {
    await world.moderation.setOptOut(COMMUNITY, 'olga', true);
    await world.moderation.setOptOut(COMMUNITY, 'olga', true);
    const by = { author: 'olga' };
    await receive(post('o1', '90%', by), post('o1', '90%', { ...by, ...OTHERS }), post('o2', '90%', { author: 'ann' }));
    expect(await world.moderation.find(address('o1'))).toBeNull();
    expect(await world.moderation.find(address('o1', OTHERS))).not.toBeNull();
    expect(await world.moderation.find(address('o2'))).not.toBeNull();
    expect((await world.moderation.personalData(COMMUNITY, 'olga')).optedOut).toBe(true);
    await world.moderation.setOptOut(COMMUNITY, 'olga', false);
    await receive(post('o3', '90%', by));
    expect(await world.moderation.find(address('o3'))).not.toBeNull();
  });

  test('a member sees what is stored about them, and gets all of it as JSON, with no figure about the person', async () => {
    const by = { author: 'sara', link: 'https://chat.example/s1' };
    await receive(
      post('s1', 'hers 90%', by),
      post('s2', 'calm 10%', by),
      post('s1', 'elsewhere 90%', { ...by, ...OTHERS }),
    );
    const queue = await world.moderation.queue({ community: COMMUNITY, limit: 500 });
    const card = queue.find(({ author }) => author === 'sara');
    await world.moderation.label({ community: COMMUNITY, flag: card!.flag, moderator: 'mo', answer: 'polarized' });
    await world.moderation.label({
      community: COMMUNITY,
      flag: card!.flag,
      moderator: 'sara',
      answer: 'not_polarized',
    });
    await world.moderation.label({ community: COMMUNITY, flag: card!.flag, moderator: 'eve', answer: 'polarized' });
    await world.moderation.appeal(COMMUNITY, 'sara', card!.flag, 'it was irony');
    const data = await world.moderation.personalData(COMMUNITY, 'sara');
    expect(data).toEqual({
      member: 'sara',
      optedOut: false,
      messages: 2,
      texts: 1,
      examples: 0,
      flags: [
        { flag: card!.flag, message: address('s1'), state: 'decided', flaggedAt: expect.any(Date), textKept: true },
      ],
      appeals: 1,
      reports: 0,
      labels: 1,
      auditEntries: 2,
    });
    expect(JSON.stringify(data)).not.toMatch(/score/i);
    const exported = JSON.parse(await world.moderation.exportPersonalData(COMMUNITY, 'sara')) as object;
    expect(exported).toMatchObject({
      ...COMMUNITY,
      member: 'sara',
      messages: [
        {
          message: 's1',
          link: by.link,
          flag: card!.flag,
          texts: [{ revision: 0, text: 'hers 90%' }],
          verdicts: [{ score: 0.9 }],
        },
        { message: 's2', flag: null, texts: [], verdicts: [{ score: 0.1 }] },
      ],
      appeals: [{ statement: 'it was irony' }],
      labels: [{ flag: card!.flag, answer: 'not_polarized' }],
    });
    expect(JSON.stringify(exported)).not.toMatch(/elsewhere|average|mean|total/);
    expect(await world.moderation.personalData(COMMUNITY, 'nobody')).toMatchObject({
      messages: 0,
      flags: [],
      labels: 0,
    });
  });

  test('forget leaves nothing of a person anywhere, says so on their cards, and touches no one else', async () => {
    const by = { author: 'frieda', link: 'https://chat.example/frieda/f1' };
    await receive(post('freds', 'freds 90%', { author: 'fred' }));
    await receive(
      post('friedas-1', 'words 90%', by),
      post('friedas-2', 'words 10%', by),
      post('friedas-1', 'w 90%', { ...by, ...OTHERS }),
    );
    const own = (await world.moderation.find(address('friedas-1')))!.card!;
    const other = (await world.moderation.find(address('freds')))!.card!;
    const act = (flag: string, moderator: string) => ({ community: COMMUNITY, flag, moderator });
    const details = { targets: [], manifestations: [], note: 'a note' };
    await world.moderation.label({ ...act(own.flag, 'mo'), answer: 'polarized', details });
    await world.moderation.label({ ...act(other.flag, 'frieda'), answer: 'polarized', details });
    await world.moderation.escalate({ ...act(other.flag, 'frieda'), reason: 'her reason' });
    await world.moderation.appeal(COMMUNITY, 'frieda', own.flag, 'her statement');
    await world.moderation.raise(post('freds', 'freds 90%', { author: 'fred' }), {
      origin: 'report',
      who: 'frieda',
      reason: 'her report',
    });
    await world.moderation.changeSettings(COMMUNITY, { training: { state: 'local-only', permission: 'P' } }, 'frieda');
    await world.settle();

    expect(await world.moderation.forget(COMMUNITY, 'frieda')).toEqual({ messages: 2, texts: 1, flags: 1, labels: 1 });
    await world.settle();
    const drawn = [...world.board.cards.values()];
    expect(drawn.find(({ flag }) => flag === own.flag)).toMatchObject({
      state: 'forgotten',
      text: null,
      author: '',
      link: undefined,
      decision: 'polarized',
      labels: [{ moderator: 'mo', answer: 'polarized', note: null }],
      appeal: { statement: null },
    });
    expect(drawn.find(({ flag }) => flag === other.flag)).toMatchObject({
      state: 'decided',
      text: 'freds 90%',
      author: 'fred',
      labels: [{ moderator: expect.stringMatching(/^forgotten-/), answer: 'polarized', note: null }],
      escalation: { by: expect.stringMatching(/^forgotten-/), reason: null },
      reports: [{ by: null, reason: null }],
    });
    const left = await mentions(/frieda/);
    expect(left.every(({ row }) => row.includes('https://chat.example/frieda/f1') || row.includes('friedas-1'))).toBe(
      true,
    );
    expect(left).toHaveLength(1);
    expect(await world.moderation.personalData(OTHERS, 'frieda')).toMatchObject({ messages: 1, texts: 1 });
    expect(await world.moderation.forget(COMMUNITY, 'frieda')).toEqual({ messages: 0, texts: 0, flags: 0, labels: 0 });

    // A later post of the same person is processed again, an edit of a forgotten one as if it were new.
    await receive(post('friedas-1', 'edited 90%', { ...by, revision: 1 }));
    expect(await world.moderation.find(address('friedas-1'))).toMatchObject({ card: { text: 'edited 90%' } });
  });

  test('a post that is forgotten before it has its verdict gets none', async () => {
    const waiting = await openWorld(create, { waiting: true });
    await waiting.moderation.receive([post('early', 'early 90%', { author: 'gus' })]);
    await waiting.moderation.forget(COMMUNITY, 'gus');
    await waiting.start();
    await waiting.settle();
    expect(await countRows(waiting.database, 'verdicts')).toBe(0);
    expect(await countRows(waiting.database, 'texts')).toBe(0);
    await waiting.close();
  });

  test('a community that is purged is gone from every table, and can come back', async () => {
    const gone = { platform: 'local', community: 'leaving-town' } as const;
    const parts = { database: world.database, queues: world.queues, seal: world.seal, classify: readScores };
    const elsewhere = createModeration(parts);
    await world.moderation.changeSettings(gone, { cardsPerHour: 1 }, 'ada');
    await receive(...['a', 'b', 'c'].map((id) => post(id, 'leaving 90%', gone)));
    await elsewhere.receive([post('d', 'leaving 20%', gone)]);
    await world.settle();
    const flag = (await world.moderation.queue({ community: gone }))[0]!.flag;
    const act = { community: gone, flag, moderator: 'mo' };
    await world.moderation.label({ ...act, answer: 'polarized' });
    await world.moderation.escalate({ ...act, reason: 'x' });
    await world.moderation.appeal(gone, 'ann', flag, 'x');
    await world.moderation.raise(post('a', 'leaving 90%', gone), { origin: 'report', who: 'bea', reason: 'x' });
    await world.moderation.ignore(gone, { kind: 'user', id: 'u' }, 'ada');
    await world.moderation.setOptOut(gone, 'u', true);
    await world.settle();
    const before = await countRows(world.database, 'flags');
    await world.moderation.purge(gone);
    await world.moderation.purge(gone);
    expect(await mentions(/leaving-town/)).toEqual([]);
    expect(await countRows(world.database, 'flags')).toBe(before - 3);
    expect(await world.moderation.settings(gone)).toMatchObject({ cardsPerHour: null });
    // Another process still remembers the channel that is gone.
    await elsewhere.receive([post('again', 'back 90%', gone)]);
    await elsewhere.remove([address('b', gone)]);
    await world.settle();
    expect(await world.moderation.find(address('again', gone))).toMatchObject({ card: { text: 'back 90%' } });
  });

  test('each community’s texts, and the words about them, end with its own retention', async () => {
    const short = { platform: 'local', community: 'short' } as const;
    await world.moderation.changeSettings(short, { retentionDays: 2 }, 'ada');
    await receive(post('k', 'kept 90%'), post('k', 'short 90%', short));
    const cards = [
      (await world.moderation.find(address('k')))!.card!,
      (await world.moderation.find(address('k', short)))!.card!,
    ];
    for (const { flag, message } of cards) {
      const details = { targets: [], manifestations: [], note: 'a note' };
      await world.moderation.label({ community: message, flag, moderator: 'mo', answer: 'unsure', details });
      await world.moderation.escalate({ community: message, flag, moderator: 'mo', reason: 'a reason' });
    }
    await world.settle();
    await endRetention(world, new Date(Date.now() + 3 * DAY_MS));
    await world.settle();
    const drawn = (flag: string) => [...world.board.cards.values()].find((card) => card.flag === flag);
    expect(drawn(cards[0]!.flag)).toMatchObject({
      text: 'kept 90%',
      labels: [{ note: 'a note' }],
      escalation: { reason: 'a reason' },
    });
    expect(drawn(cards[1]!.flag)).toMatchObject({
      text: null,
      labels: [{ note: null, answer: 'unsure' }],
      escalation: { reason: null },
    });
  });
});
