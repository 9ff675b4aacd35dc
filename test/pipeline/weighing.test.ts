import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../../src/domain/label.ts';
import { weighAnswers } from '../../src/pipeline/weighing.ts';
import { findAudit } from '../../src/store/audit.ts';
import { findCommunity } from '../../src/store/channels.ts';
import { findDecided } from '../../src/store/decisions.ts';
import type { DecidedPost } from '../../src/store/decisions.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { everyRow } from './tables.ts';
import { openWorld, post } from './world.ts';
import type { World } from './world.ts';

let communities = 0;

describeOnEachDatabase('the weighing of answers', (create) => {
  let world: World;
  /** A community of each test's own. */
  let town: { platform: 'local'; community: string };

  beforeAll(async () => {
    world = await openWorld(create);
  });
  afterAll(() => world.close());
  beforeEach(() => {
    communities += 1;
    town = { platform: 'local', community: `town${communities}` };
  });

  async function flags(count: number): Promise<string[]> {
    const posts = Array.from({ length: count }, (_, at) => post(`m${at}`, `post 9${at % 10}%`, town));
    await world.moderation.receive(posts);
    await world.settle();
    const cards = await world.moderation.queue({ community: town, limit: 500 });
    return cards.toReversed().map(({ flag }) => flag);
  }

  const say = (flag: string, moderator: string, answer: Answer, more = {}) =>
    world.moderation.label({ community: town, flag, moderator, answer, ...more });

  async function decided(): Promise<Map<string, DecidedPost>> {
    const communityId = (await findCommunity(world.database.handle, town))!;
    const rows = await findDecided(world.database.handle, { communityId, since: new Date(0) });
    return new Map(rows.map((row) => [row.flag, row]));
  }

  test('a decision has its probability at once: more with every answer, certain where it is confirmed', async () => {
    const [one, three, sure] = (await flags(4)) as [string, string, string];
    await say(one, 'ada', 'polarized');
    for (const moderator of ['ada', 'ben', 'eve']) await say(three, moderator, 'polarized');
    await say(sure, 'ada', 'not_polarized');
    await world.moderation.confirm({ community: town, flag: sure, moderator: 'boss', answer: null });
    const found = await decided();
    expect(found.get(one)!.probability).toBeCloseTo(0.8, 5);
    expect(found.get(three)!.probability).toBeGreaterThan(0.95);
    expect(found.get(sure)).toMatchObject({ probability: 0, decision: 'not_polarized', confirmed: true });
    expect(found.size).toBe(3);
  });

  test('what was decided is told with targets and manifestations of those who agree, and without its text', async () => {
    const [flag] = (await flags(1)) as [string];
    const details = (target: 'political' | 'religious') =>
      ({ targets: [target], manifestations: ['stereotype'], note: 'secret' }) as const;
    await say(flag, 'ada', 'polarized', { details: details('political') });
    await say(flag, 'ben', 'polarized', { details: details('political') });
    await say(flag, 'eve', 'not_polarized', { details: details('religious') });
    const row = (await decided()).get(flag)!;
    expect(row).toMatchObject({
      revision: 0,
      language: 'en',
      decision: 'polarized',
      answers: 3,
      targets: ['political'],
      manifestations: ['stereotype'],
      textKept: true,
    });
    expect(JSON.stringify(row)).not.toContain('secret');
  });

  test('what a confirmed decision says outlasts labels, an appeal that is granted outweighs it, an edit ends it', async () => {
    const [flag] = (await flags(1)) as [string];
    const act = { community: town, flag, moderator: 'boss' };
    expect(await world.moderation.confirm({ ...act, answer: null })).toMatchObject({ decision: 'undecided' });
    expect(await world.moderation.confirm({ ...act, answer: 'polarized' })).toMatchObject({ state: 'decided' });
    for (const moderator of ['ada', 'ben', 'eve']) {
      expect(await say(flag, moderator, 'not_polarized')).toMatchObject({ decision: 'polarized' });
    }
    await world.moderation.appeal(town, 'ann', flag, 'no');
    const granted = await world.moderation.answerAppeal({ ...act, outcome: 'overturned', words: null });
    expect(granted).toMatchObject({ decision: 'not_polarized' });
    expect((await decided()).get(flag)!.probability).toBe(0);
    await world.moderation.receive([post('m0', 'other 99%', { ...town, revision: 1 })]);
    await world.settle();
    expect(await world.moderation.case(town, flag)).toMatchObject({ state: 'open', decision: 'undecided' });
    expect(await say(flag, 'ada', 'not_polarized')).toMatchObject({ decision: 'not_polarized' });
  });

  test('who is often right outweighs two who are not, once their answers were weighed, and no card changes by itself', async () => {
    const all = await flags(36);
    const good = ['ada', 'ben', 'eve'];
    for (const [at, flag] of all.slice(0, 34).entries()) {
      const truth: Answer = at % 2 === 0 ? 'polarized' : 'not_polarized';
      for (const moderator of good) await say(flag, moderator, truth);
      // These two answer by the toss of a coin.
      await say(flag, 'xan', at % 4 < 2 ? 'polarized' : 'not_polarized');
      await say(flag, 'yul', at % 3 === 0 ? 'polarized' : 'not_polarized');
    }
    const answers: [string, Answer][] = [
      ['ada', 'polarized'],
      ['xan', 'not_polarized'],
      ['yul', 'not_polarized'],
    ];
    const [before, after] = all.slice(34) as [string, string];
    for (const [moderator, answer] of answers) await say(before, moderator, answer);
    expect(await world.moderation.case(town, before)).toMatchObject({ decision: 'not_polarized' });
    await weighAnswers(world);
    await world.settle();
    expect(await world.moderation.case(town, before)).toMatchObject({ decision: 'not_polarized' });
    expect((await decided()).get(before)!.probability).toBeGreaterThan(0.6);
    for (const [moderator, answer] of answers) await say(after, moderator, answer);
    expect(await world.moderation.case(town, after)).toMatchObject({ decision: 'polarized' });
    expect((await world.moderation.agreement(town, new Date(0))).setAside).toEqual([]);
  });

  test('two who disagree are a tie to break, and are found by that', async () => {
    const [tie, plain] = (await flags(2)) as [string, string];
    await say(tie, 'ada', 'polarized');
    await say(tie, 'ben', 'not_polarized');
    await say(plain, 'ben', 'unsure');
    const disputed = await world.moderation.queue({ community: town, only: 'disputed' });
    expect(disputed.map(({ flag }) => flag)).toEqual([tie]);
    expect(await world.moderation.agreement(town, new Date(0))).toMatchObject({ compared: 1, disputed: 1 });
  });

  test('answers against all others are set aside without a name, decide nothing, and count again once restored', async () => {
    const all = await flags(31);
    for (const [at, flag] of all.slice(0, 30).entries()) {
      const truth: Answer = at % 2 === 0 ? 'polarized' : 'not_polarized';
      for (const moderator of ['ada', 'ben', 'eve']) await say(flag, moderator, truth);
      await say(flag, 'spite', truth === 'polarized' ? 'not_polarized' : 'polarized');
    }
    const alone = all[30]!;
    expect(await say(alone, 'spite', 'not_polarized')).toMatchObject({ state: 'decided' });
    await weighAnswers(world);
    await world.settle();

    expect(await world.moderation.case(town, alone)).toMatchObject({ state: 'open', decision: 'undecided' });
    const drawn = [...world.board.cards.values()].find(({ flag }) => flag === alone);
    expect(drawn).toMatchObject({ state: 'open' });
    const agreement = await world.moderation.agreement(town, new Date(0));
    expect(agreement.setAside).toEqual([
      { id: expect.any(Number), reason: 'against-others', labels: 31, at: expect.any(Date) },
    ]);
    const communityId = (await findCommunity(world.database.handle, town))!;
    const [entry] = await findAudit(world.database.handle, communityId, 1);
    expect(entry).toMatchObject({ who: 'evenkeel', what: 'quarantine' });
    expect(JSON.stringify([entry, agreement])).not.toContain('spite');
    expect((await decided()).get(alone)).toBeUndefined();
    expect((await decided()).get(all[0]!)).toMatchObject({ answers: 3 });

    const { id } = agreement.setAside[0]!;
    expect(await world.moderation.restore(town, id, 'boss')).toBe(true);
    expect(await world.moderation.restore(town, id, 'boss')).toBe(false);
    expect(await world.moderation.case(town, alone)).toMatchObject({ state: 'decided', decision: 'not_polarized' });
    // The same answers are not held against them again.
    await weighAnswers(world);
    expect((await world.moderation.agreement(town, new Date(0))).setAside).toEqual([]);
  });

  test('a divided community sets nobody aside', async () => {
    for (const [at, flag] of (await flags(30)).entries()) {
      const [one, other]: Answer[] = at % 2 === 0 ? ['polarized', 'not_polarized'] : ['not_polarized', 'polarized'];
      for (const moderator of ['ada', 'ben']) await say(flag, moderator, one!);
      for (const moderator of ['xan', 'yul']) await say(flag, moderator, other!);
    }
    await weighAnswers(world);
    expect((await world.moderation.agreement(town, new Date(0))).setAside).toEqual([]);
    expect((await world.moderation.agreement(town, new Date(0))).alpha).toBeLessThan(0);
  });

  test('how a moderator’s answers hold up is exported to them, and gone with them', async () => {
    const [flag] = (await flags(1)) as [string];
    for (const moderator of ['ada', 'ben']) await say(flag, moderator, 'polarized');
    await world.moderation.confirm({ community: town, flag, moderator: 'ada', answer: null });
    await weighAnswers(world);
    const own = JSON.parse(await world.moderation.exportPersonalData(town, 'ada')) as {
      weighing: { reliability: { sensitivity: number } };
      confirmations: unknown[];
    };
    expect(own.weighing.reliability.sensitivity).toBeGreaterThan(0.8);
    expect(own.confirmations).toHaveLength(1);
    await world.moderation.forget(town, 'ada');
    const left = (await everyRow(world.database)).filter(
      ({ table, row }) => /decisions|reliabilities|quarantines|labels/.test(table) && /\bada\b/.test(row),
    );
    const rest = await rowsOf<{ moderator: string }>(
      world.database.handle,
      sql`select moderator from reliabilities r join communities o on o.id = r.community_id
        where o.external_id = ${town.community}`,
    );
    expect(rest).toEqual([{ moderator: 'ben' }]);
    expect(left.filter(({ row }) => row.includes(flag))).toEqual([]);
    await weighAnswers(world);
    expect((await decided()).get(flag)).toMatchObject({ answers: 2, confirmed: true });
    await world.moderation.purge(town);
    expect((await everyRow(world.database)).filter(({ row }) => row.includes(flag))).toEqual([]);
  });
});
