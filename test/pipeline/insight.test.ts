import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../database.ts';
import { COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

const OTHERS = { platform: 'local', community: 'village' } as const;

describeOnEachDatabase('insight', (create) => {
  let world: World;
  const simulate = (threshold: number, scope: object = {}, community: typeof COMMUNITY | typeof OTHERS = COMMUNITY) =>
    world.moderation.simulate(community, threshold, { days: 7, ...scope });

  // Forty posts score 0.50, 0.51, … 0.89 in English, ten 0.40 in Spanish and in another channel; threshold 0.5.
  // Of the English flags those with an even score are decided: polarized from 0.70 on, and 0.60.
  beforeAll(async () => {
    world = await openWorld(create);
    const english = Array.from({ length: 40 }, (_, at) => post(`e${50 + at}`, `${50 + at}%`));
    const spanish = Array.from({ length: 10 }, (_, at) => post(`s${at}`, 'es: x 40%', { channel: 'plaza' }));
    await world.moderation.receive([...english, ...spanish, post('other', '95%', OTHERS)]);
    await world.settle();
    const cards = await world.moderation.queue({ community: COMMUNITY, limit: 500 });
    for (const { flag, verdict } of cards) {
      const score = Math.round(verdict.score * 100);
      if (score % 2 === 1) continue;
      const answer = score >= 70 || score === 60 ? 'polarized' : 'not_polarized';
      await world.moderation.label({ community: COMMUNITY, flag, moderator: 'mo', answer });
    }
  });
  afterAll(() => world.close());

  test('says what a threshold would flag instead, and how precise decisions so far were from it up', async () => {
    const simulation = await simulate(0.6);
    // Decided from 0.60 up: 60, 62, … 88; polarized 60 and 70, … 88: 11 of 15. Interval: scipy 1.17.1, as for `wilson`.
    expect(simulation).toMatchObject({
      threshold: 0.6,
      messages: 50,
      flagged: 30,
      flaggedNow: 40,
      decided: 15,
      flaggedFrom: 0.5,
    });
    expect(simulation.precision!.estimate).toBeCloseTo(11 / 15, 12);
    expect(simulation.precision!.low).toBeCloseTo(0.48049565944019434, 12);
    expect(simulation.precision!.high).toBeCloseTo(0.8910254667430764, 12);
    expect(simulation.days).toBeGreaterThanOrEqual(1);
    expect(simulation.days).toBeLessThan(1.1);
    expect(simulation.languages).toEqual([
      { language: 'en', messages: 40, flagged: 30, flaggedNow: 40 },
      { language: 'es', messages: 10, flagged: 0, flaggedNow: 0 },
    ]);
    expect(simulation.daily).toMatchObject([{ flagged: 30, flaggedNow: 40 }]);
    expect(simulation.changed.map(({ message: { message } }) => message)).toEqual(
      Array.from({ length: 10 }, (_, at) => `e${59 - at}`),
    );
  });

  test('says that decisions are too few, and narrows to a channel or a language', async () => {
    expect(await simulate(0.8)).toMatchObject({ flagged: 10, decided: 5, precision: null });
    expect(await simulate(0.4, { channel: 'plaza' })).toMatchObject({
      messages: 10,
      flagged: 10,
      flaggedNow: 0,
      decided: 0,
    });
    expect(await simulate(0.4, { language: 'en' })).toMatchObject({ messages: 40, flagged: 40 });
    expect(await simulate(0.4, { channel: 'nowhere' })).toMatchObject({ messages: 0, days: 7, changed: [] });
  });

  test('sees no other community, and refuses what is no threshold', async () => {
    expect(await simulate(0.4, {}, OTHERS)).toMatchObject({ messages: 1, flagged: 1, decided: 0 });
    expect(await world.moderation.simulate({ platform: 'slack', community: 'town' }, 0.5, { days: 7 })).toMatchObject({
      messages: 0,
    });
    for (const wrong of [-0.1, 1.1, Number.NaN]) {
      await expect(simulate(wrong)).rejects.toThrow('is not a number from 0 to 1');
    }
  });

  async function exported(
    what: 'flags' | 'labels' | 'decisions' | 'audit',
    format: 'csv' | 'jsonl',
    since = new Date(0),
  ): Promise<string> {
    let file = '';
    for await (const piece of world.moderation.export(COMMUNITY, { what, format, since })) file += piece;
    return file;
  }

  test('exports flags, labels, decisions and the audit log, every row once and never a text', async () => {
    const flags = (await exported('flags', 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(flags).toHaveLength(40);
    expect(new Set(flags.map(({ flag }) => flag)).size).toBe(40);
    expect(flags.find(({ message }) => message === 'e72')).toEqual({
      flag: expect.any(String),
      channel: 'square',
      message: 'e72',
      revision: 0,
      flagged_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      origin: 'score',
      state: 'decided',
      decision: 'polarized',
      score: 0.72,
      threshold: 0.5,
      language: 'en',
      adapter: 'en',
      adapter_version: 'abcdef012345',
      held: false,
    });
    expect((await exported('labels', 'csv')).split('\r\n')).toHaveLength(22);
    expect((await exported('decisions', 'csv')).split('\r\n')[0]).toBe(
      'flag,revision,decision,at,score,language,adapter,adapter_version',
    );
    expect((await exported('audit', 'jsonl')).trimEnd().split('\n')).toHaveLength(20);
    for (const what of ['flags', 'labels', 'decisions', 'audit'] as const)
      expect(await exported(what, 'csv')).not.toContain('%');
    expect(await exported('labels', 'jsonl', new Date(Date.now() + 60_000))).toBe('');
  });

  test('exports more rows than one piece holds, and cells that a spreadsheet would run as text', async () => {
    const wide = { platform: 'local', community: 'wide' } as const;
    const posts = Array.from({ length: 1203 }, (_, at) => post(`=m"${at}`, '90%', { ...wide, channel: '@a,b' }));
    await world.moderation.receive(posts);
    await world.settle();
    let file = '';
    let pieces = 0;
    for await (const piece of world.moderation.export(wide, { what: 'flags', format: 'csv', since: new Date(0) })) {
      file += piece;
      pieces += 1;
    }
    const lines = file.trimEnd().split('\r\n').slice(1);
    expect([pieces, lines.length]).toEqual([4, 1203]);
    expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(1203);
    expect(lines.every((line) => line.includes(`,"'@a,b","'=m""`))).toBe(true);
  });
});
