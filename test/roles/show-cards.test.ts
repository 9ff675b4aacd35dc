import { expect, test } from 'vitest';
import { showCards } from '../../src/roles/show-cards.ts';
import { describeOnEachDatabase } from '../database.ts';
import { COMMUNITY, openWorld, post } from '../pipeline/world.ts';

describeOnEachDatabase('showing cards', (create) => {
  test('draws each flag once, however often it is asked to, and again where it was', async () => {
    const world = await openWorld(create);
    const { moderation, board } = world;
    await moderation.receive([post('a', '90%'), post('b', '80%')]);
    await world.settle();
    const jobs = [...board.posted.keys()].map((flag) => ({ flag }));
    let drawn = 0;
    const connector = {
      platform: 'local' as const,
      showSummary: board.showSummary,
      show: (...given: Parameters<typeof board.show>) => {
        drawn += 1;
        return board.show(...given);
      },
    };
    expect(await showCards({ ...world, connector }, [...jobs, ...jobs])).toEqual(new Map());
    expect(drawn).toBe(0);

    await moderation.label({ community: COMMUNITY, flag: jobs[0]!.flag, moderator: 'mo', answer: 'unsure' });
    await world.settle();
    expect([...board.posted.values()]).toEqual([1, 1]);
    expect([...board.cards.values()].find(({ flag }) => flag === jobs[0]!.flag)?.labels).toMatchObject([
      { moderator: 'mo' },
    ]);
    await world.close();
  });

  test('where one card cannot be drawn, the others are, and it is tried again', async () => {
    const world = await openWorld(create);
    const { board } = world;
    const { show } = board;
    let refusals = 2;
    const isFirst: Record<string, (boolean | undefined)[]> = {};
    board.show = (card, reference, first) => {
      (isFirst[card.text!] ??= []).push(first);
      return card.text === 'refused 90%' && (refusals -= 1) >= 0
        ? Promise.reject(new Error('429'))
        : show(card, reference);
    };
    await world.moderation.receive([post('a', '90%'), post('b', 'refused 90%'), post('c', '80%')]);
    await world.settle();
    expect(refusals).toBe(-1);
    expect([...board.posted.values()]).toEqual([1, 1, 1]);
    // Once it was tried, nobody knows whether it is there.
    expect(isFirst).toEqual({ '90%': [true], 'refused 90%': [true, false, false], '80%': [true] });
    await world.close();
  });

  test('a flag that is gone, or never was, is passed over', async () => {
    const world = await openWorld(create, { waiting: true });
    const jobs = [{ flag: '5f0c7a52-7e0f-4f3c-9d3a-0c1d2e3f4a5b' }];
    expect(await showCards({ ...world, connector: world.board }, jobs)).toEqual(new Map());
    await world.close();
  });
});
