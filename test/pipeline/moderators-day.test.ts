import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Card } from '../../src/domain/flag.ts';
import { UNDO_MS } from '../../src/domain/label.ts';
import type { Answer } from '../../src/domain/label.ts';
import { undo } from '../../src/pipeline/review.ts';
import { findAudit } from '../../src/store/audit.ts';
import { findCommunity } from '../../src/store/channels.ts';
import { describeOnEachDatabase } from '../database.ts';
import { countRows, everyRow } from './tables.ts';
import { address, COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

describeOnEachDatabase('a moderator', (create) => {
  let world: World;
  let number = 0;

  beforeAll(async () => {
    world = await openWorld(create);
  });
  afterAll(() => world.close());

  /** A flag of its own for each test. */
  async function flagged(text = 'hot 90%', author = 'ann'): Promise<Card> {
    number += 1;
    await world.moderation.receive([post(`p${number}`, text, { author })]);
    await world.settle();
    const found = await world.moderation.find(address(`p${number}`));
    return found!.card!;
  }
  const act = (card: Card, moderator: string) => ({ community: COMMUNITY, flag: card.flag, moderator });
  const answer = (card: Card, moderator: string, given: Answer) =>
    world.moderation.label({ ...act(card, moderator), answer: given });
  const drawn = async (card: Card): Promise<Card | undefined> => {
    await world.settle();
    return [...world.board.cards.values()].find(({ flag }) => flag === card.flag);
  };

  test('says whom a post is about and how, with a note that is stored sealed', async () => {
    const card = await flagged();
    const details = {
      targets: ['religious', 'political', 'religious', 'nonsense'] as never[],
      manifestations: ['vilification' as const],
      note: '  he quotes a verse  ',
    };
    const labelled = await world.moderation.label({ ...act(card, 'mo'), answer: 'polarized', details });
    expect(labelled!.labels).toEqual([
      {
        moderator: 'mo',
        answer: 'polarized',
        targets: ['political', 'religious'],
        manifestations: ['vilification'],
        note: 'he quotes a verse',
        at: expect.any(Date),
      },
    ]);
    expect(await drawn(card)).toEqual(labelled);
    const rows = await everyRow(world.database);
    expect(rows.filter(({ row }) => row.includes('quotes a verse'))).toEqual([]);
    const again = await world.moderation.label({ ...act(card, 'mo'), answer: 'polarized', details });
    expect(again).toEqual(labelled);
    await expect(world.moderation.label({ ...act(card, 'mo'), answer: 'maybe' as Answer })).rejects.toThrow(
      'maybe is not an answer',
    );
    const note = 'x'.repeat(4001);
    await expect(
      world.moderation.label({ ...act(card, 'mo'), answer: 'unsure', details: { ...details, note } }),
    ).rejects.toThrow('4001 characters');
  });

  test('claims with the first answer, whatever is changed later; of two at once one does, and both opinions are kept', async () => {
    for (let time = 0; time < 12; time += 1) {
      const card = await flagged();
      const answers = await Promise.all([answer(card, 'ada', 'polarized'), answer(card, 'ben', 'not_polarized')]);
      const claims = answers.map((each) => each!.labels[0]!.moderator);
      expect(new Set(claims).size).toBe(1);
      await answer(card, claims[0]!, 'unsure');
      const found = await world.moderation.case(COMMUNITY, card.flag);
      expect(found!.labels.map(({ moderator }) => moderator)).toEqual([claims[0], claims[0] === 'ada' ? 'ben' : 'ada']);
    }
  });

  test('takes the own answer back for ten minutes, and no other', async () => {
    const card = await flagged();
    await answer(card, 'ada', 'polarized');
    await answer(card, 'ben', 'not_polarized');
    expect(await world.moderation.undo(act(card, 'eve'))).toMatchObject({ decision: 'undecided' });
    const undone = await world.moderation.undo(act(card, 'ada'));
    expect(undone).toMatchObject({ state: 'decided', decision: 'not_polarized', labels: [{ moderator: 'ben' }] });
    expect(await world.moderation.undo(act(card, 'ada'))).toEqual(undone);
    expect(await drawn(card)).toEqual(undone);
    const parts = { database: world.database, queues: world.queues, seal: world.seal };
    const late = new Date(Date.now() + UNDO_MS + 1000);
    expect(await undo(parts, act(card, 'ben'), late)).toEqual(undone);
    expect(await undo(parts, act(card, 'ben'), new Date(late.getTime() - 2000))).toMatchObject({
      state: 'open',
      decision: 'undecided',
      labels: [],
    });
  });

  test('calls for others once, and finds what was called for in the queue', async () => {
    const card = await flagged();
    const escalated = await world.moderation.escalate({ ...act(card, 'ada'), reason: 'a threat?' });
    expect(escalated!.escalation).toEqual({ by: 'ada', reason: 'a threat?', at: expect.any(Date) });
    await world.moderation.escalate({ ...act(card, 'ben'), reason: 'mine' });
    expect(await drawn(card)).toEqual(escalated);
    const only = await world.moderation.queue({ community: COMMUNITY, only: 'escalated', limit: 500 });
    expect(only.map(({ flag }) => flag)).toEqual([card.flag]);
  });

  test('has sanctions in the audit log, which leave labels alone', async () => {
    const card = await flagged();
    await world.moderation.recordSanction({ ...act(card, 'ada'), sanction: 'timeout' });
    const id = await findCommunity(world.database.handle, COMMUNITY);
    expect((await findAudit(world.database.handle, id!, 1))[0]).toMatchObject({
      who: 'ada',
      what: 'sanction',
      details: { flag: card.flag, sanction: 'timeout' },
    });
    expect(await world.moderation.case(COMMUNITY, card.flag)).toEqual(card);
  });

  test('finds what is stored of a message by where it is', async () => {
    const card = await flagged('es: algo 75%');
    expect(await world.moderation.find(card.message)).toMatchObject({
      verdict: { score: 0.75 },
      card: { flag: card.flag },
    });
    await world.moderation.receive([post('quiet', 'es: nada 5%')]);
    await world.settle();
    expect(await world.moderation.find(address('quiet'))).toMatchObject({ verdict: { score: 0.05 }, card: null });
    expect(await world.moderation.find(address('never'))).toBeNull();
  });

  test('is told which words drove the score, as long as the text is kept', async () => {
    const card = await flagged('one two 90%');
    const explained = await world.moderation.why(COMMUNITY, card.flag.slice(0, 8));
    expect(explained!.card.flag).toBe(card.flag);
    expect(explained!.explanation).toEqual({ score: 0.9, words: [{ start: 8, end: 10, weight: 0.9 }] });
    await world.moderation.remove([card.message]);
    expect(await world.moderation.why(COMMUNITY, card.flag)).toBeNull();
  });

  test('gets a card of a post that no score flagged, from a report or of their own', async () => {
    await world.moderation.receive([post('calm', 'calm 10%')]);
    await world.settle();
    const calm = post('calm', 'calm 10%', { attachments: 2 });
    const report = { origin: 'report' as const, who: 'bea', reason: 'he means my people' };
    const raised = await world.moderation.raise(calm, report);
    expect(raised).toMatchObject({
      card: {
        text: 'calm 10%',
        origin: 'report',
        state: 'open',
        verdict: { score: 0.1 },
        reports: [{ by: 'bea', reason: 'he means my people' }],
      },
    });
    const { card } = raised as { card: Card };
    await world.moderation.raise(calm, report);
    const second = await world.moderation.raise(calm, { origin: 'report', who: 'carl', reason: null });
    expect((second as { card: Card }).card.reports.map(({ by }) => by)).toEqual(['bea', 'carl']);
    expect(await drawn(card)).toMatchObject({ reports: [{ by: 'bea' }, { by: 'carl', reason: null }] });
    const reported = await world.moderation.queue({ community: COMMUNITY, only: 'reported', limit: 500 });
    expect(reported.map(({ flag }) => flag)).toEqual([card.flag]);

    // What was never received is stored and classified on the way, once.
    const unseen = await world.moderation.raise(post('unseen', 'new 20%'), { ...report, origin: 'moderator' });
    expect(unseen).toMatchObject({ card: { origin: 'moderator', reports: [], verdict: { score: 0.2 } } });
    await world.moderation.receive([post('unseen', 'new 20%')]);
    await world.settle();
    expect(await world.moderation.find(address('unseen'))).toMatchObject({ card: { state: 'open', text: 'new 20%' } });
    expect((await everyRow(world.database)).filter(({ row }) => row.includes('my people'))).toEqual([]);
  });

  test('keeps a reported post over an edit, and a decided one decided over more reports', async () => {
    const report = { origin: 'report' as const, who: 'bea', reason: null };
    const { card } = (await world.moderation.raise(post('r', 'calm 10%'), report)) as { card: Card };
    await answer(card, 'ada', 'not_polarized');
    await world.moderation.raise(post('r', 'calm 10%'), { ...report, who: 'dan' });
    expect(await world.moderation.case(COMMUNITY, card.flag)).toMatchObject({ state: 'decided' });
    await world.moderation.receive([post('r', 'calmer 5%', { revision: 1 })]);
    await world.settle();
    expect(await world.moderation.case(COMMUNITY, card.flag)).toMatchObject({
      state: 'open',
      edited: true,
      text: 'calmer 5%',
      reports: [{ by: 'bea' }, { by: 'dan' }],
    });
  });

  test('raises an edit that was not heard of yet as it now reads, and an older copy as the newer one is known', async () => {
    await world.moderation.receive([post('e', 'first 90%')]);
    await world.settle();
    const report = { origin: 'report' as const, who: 'bea', reason: null };
    const edited = await world.moderation.raise(post('e', 'second 20%', { revision: 5 }), report);
    expect(edited).toMatchObject({
      card: { text: 'second 20%', verdict: { score: 0.2 }, state: 'open', edited: true, message: { revision: 5 } },
    });
    await world.moderation.receive([post('e', 'second 20%', { revision: 5 })]);
    await world.settle();
    const older = await world.moderation.raise(post('e', 'first 90%'), { ...report, who: 'carl' });
    expect(older).toMatchObject({ card: { text: 'second 20%', verdict: { score: 0.2 }, message: { revision: 5 } } });
    expect(await world.moderation.find(address('e'))).toMatchObject({ verdict: { score: 0.2 } });
  });

  test('cannot raise what is gone, nor what its author keeps from being processed', async () => {
    const by = { origin: 'report' as const, who: 'bea', reason: null };
    await world.moderation.remove([address('gone')]);
    expect(await world.moderation.raise(post('gone', 'x 10%'), by)).toEqual({ refused: 'deleted' });
    await world.moderation.setOptOut(COMMUNITY, 'shy', true);
    const texts = await countRows(world.database, 'texts');
    expect(await world.moderation.raise(post('s', 'x 10%', { author: 'shy' }), by)).toEqual({ refused: 'opted-out' });
    expect(await countRows(world.database, 'texts')).toBe(texts);
  });

  test('answers an appeal of the author, whose word then outweighs the labels', async () => {
    const card = await flagged('hot 91%', 'paco');
    const appeal = (member: string, words: string) => world.moderation.appeal(COMMUNITY, member, card.flag, words);
    expect(await appeal('paco', 'not decided yet')).toBeNull();
    await answer(card, 'ada', 'polarized');
    await answer(card, 'ben', 'polarized');
    expect(await appeal('bea', 'not mine')).toBeNull();
    expect(await world.moderation.appeals(COMMUNITY, 'paco')).toEqual([]);
    const made = await appeal('paco', 'it was a song');
    expect(made).toMatchObject({ by: 'paco', statement: 'it was a song', outcome: null, answer: null });
    expect(await appeal('paco', 'again')).toEqual(made);
    const waiting = await world.moderation.queue({ community: COMMUNITY, only: 'appealed', limit: 500 });
    expect(waiting.map(({ flag }) => flag)).toEqual([card.flag]);

    const input = { ...act(card, 'eve'), outcome: 'overturned' as const, words: 'you are right' };
    const answered = await world.moderation.answerAppeal(input);
    expect(answered).toMatchObject({ state: 'decided', decision: 'not_polarized' });
    expect(await world.moderation.answerAppeal({ ...input, outcome: 'upheld' })).toEqual(answered);
    expect(await answer(card, 'max', 'polarized')).toMatchObject({ decision: 'not_polarized' });
    expect(await world.moderation.appeals(COMMUNITY, 'paco')).toMatchObject([
      { flag: card.flag, outcome: 'overturned', answer: { by: 'eve', words: 'you are right' } },
    ]);
    const rest = await world.moderation.queue({ community: COMMUNITY, only: 'appealed', limit: 500 });
    expect(rest).toEqual([]);
    expect((await everyRow(world.database)).filter(({ row }) => /a song|are right/.test(row))).toEqual([]);
  });

  test('hears an appeal about a post that was deleted, which stays deleted', async () => {
    const card = await flagged('hot 92%', 'paco');
    await answer(card, 'ada', 'polarized');
    await world.moderation.remove([card.message]);
    const made = await world.moderation.appeal(COMMUNITY, 'paco', card.flag, 'why was it deleted?');
    expect(made).toMatchObject({ statement: 'why was it deleted?' });
    const input = { ...act(card, 'eve'), outcome: 'overturned' as const, words: null };
    expect(await world.moderation.answerAppeal(input)).toMatchObject({ state: 'removed', decision: 'not_polarized' });
  });
});
