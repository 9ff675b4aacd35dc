import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Moderation } from '../../src/connectors/moderation.ts';
import type { Card } from '../../src/domain/flag.ts';
import type { CommunityAddress } from '../../src/domain/message.ts';
import { describeOnEachDatabase } from '../database.ts';
import { everyRow } from './tables.ts';
import { address, COMMUNITY, openWorld, post } from './world.ts';
import type { World } from './world.ts';

/** Another community of the same platform, the same one on another platform, and one that was never seen. */
const STRANGERS: readonly CommunityAddress[] = [
  { platform: 'local', community: 'village' },
  { platform: 'discord', community: COMMUNITY.community },
  { platform: 'slack', community: 'nowhere' },
];

/** Every call of the contract that names a community, as a stranger makes it with the ids of another community. */
const CALLS: { [Call in keyof Omit<Moderation, 'receive' | 'check' | 'purge' | 'served'>]: Attempt } = {
  remove: (m, c, { message }) => m.remove([{ ...message, ...c }]),
  marks: (m, c) => m.marks(c),
  mark: (m, c) => m.mark({ ...c, channel: 'square' }, new Date('2027-01-01T00:00:00Z')),
  kept: async (m, c) => {
    const posts = [];
    for await (const each of m.kept(c, new Date('2030-01-01T00:00:00Z'))) posts.push(each.message);
    return posts.filter((message) => message === 'secret');
  },
  serve: (m, c) => m.serve(c, 'spy'),
  label: (m, c, { flag }) => m.label({ community: c, flag, moderator: 'spy', answer: 'not_polarized' }),
  undo: (m, c, { flag }) => m.undo({ community: c, flag, moderator: 'mo' }),
  escalate: (m, c, { flag }) => m.escalate({ community: c, flag, moderator: 'spy', reason: null }),
  recordSanction: (m, c, { flag }) => m.recordSanction({ community: c, flag, moderator: 'spy', sanction: 'delete' }),
  confirm: (m, c, { flag }) => m.confirm({ community: c, flag, moderator: 'spy', answer: 'not_polarized' }),
  answerAppeal: (m, c, { flag }) =>
    m.answerAppeal({ community: c, flag, moderator: 'spy', outcome: 'overturned', words: null }),
  queue: async (m, c) => [
    await m.queue({ community: c, channel: 'square', limit: 500 }),
    await m.queue({ community: c, agendaOf: 'spy', limit: 100 }),
  ],
  case: (m, c, { flag }) => m.case(c, flag),
  find: (m, c, { message }) => m.find({ ...message, ...c }),
  why: (m, c, { flag }) => m.why(c, flag),
  raise: (m, c, { message }) =>
    m.raise(post(message.message, 'theirs 10%', { ...c, author: 'x' }), { origin: 'report', who: 'spy', reason: null }),
  stats: (m, c) => m.stats(c, new Date(0)),
  agreement: (m, c) => m.agreement(c, new Date(0)),
  simulate: (m, c) => m.simulate(c, 0, { days: 7, channel: 'square' }),
  export: async (m, c) => {
    let file = '';
    for await (const piece of m.export(c, { what: 'flags', format: 'jsonl', since: new Date(0) })) file += piece;
    return file;
  },
  settings: (m, c) => m.settings(c),
  changeSettings: (m, c) => m.changeSettings(c, { threshold: 0.9 }, 'spy'),
  policy: (m, c) => m.policy({ ...c, channel: 'square' }),
  policies: (m, c) => m.policies(c),
  setThreshold: (m, c) => m.setThreshold({ ...c, channel: 'square' }, 0.9, 'spy'),
  setMode: (m, c) => m.setMode({ ...c, channel: 'square' }, 'observe', 'spy'),
  ignored: (m, c) => m.ignored(c),
  ignore: (m, c) => m.ignore(c, { kind: 'user', id: 'ann' }, 'spy'),
  unignore: (m, c) => m.unignore(c, { kind: 'role', id: 'trolls' }, 'spy'),
  restore: (m, c) => m.restore(c, 1, 'spy'),
  doctor: (m, c) => m.doctor(c),
  retrain: (m, c) => m.retrain(c, 'spy'),
  versions: (m, c) => m.versions(c),
  rollBack: (m, c) => m.rollBack(c, undefined, 'spy'),
  reports: (m, c) => m.reports(c, 10),
  personalData: (m, c) => m.personalData(c, 'ann'),
  exportPersonalData: (m, c) => m.exportPersonalData(c, 'ann'),
  setOptOut: (m, c) => m.setOptOut(c, 'ann', true),
  appeal: (m, c, { flag }) => m.appeal(c, 'ann', flag, 'mine'),
  appeals: (m, c) => m.appeals(c, 'ann'),
  forget: (m, c) => m.forget(c, 'ann'),
};
type Attempt = (moderation: Moderation, community: CommunityAddress, card: Card) => Promise<unknown>;

describeOnEachDatabase('a community', (create) => {
  let world: World;
  let card: Card;

  beforeAll(async () => {
    world = await openWorld(create);
    const { moderation } = world;
    await moderation.receive([post('secret', 'secret 90%'), post('theirs', 'x 90%', STRANGERS[0])]);
    await world.settle();
    card = (await moderation.find(address('secret')))!.card!;
    const act = { community: COMMUNITY, flag: card.flag, moderator: 'mo' };
    const details = { targets: [], manifestations: [], note: 'secret note' };
    await moderation.label({ ...act, answer: 'polarized', details });
    await moderation.appeal(COMMUNITY, 'ann', card.flag, 'secret plea');
    await moderation.ignore(COMMUNITY, { kind: 'role', id: 'trolls' }, 'mo');
    await moderation.setThreshold({ ...COMMUNITY, channel: 'square' }, 0.55, 'mo');
    await world.settle();
  });
  afterAll(() => world.close());

  /** All that is ours, as it is stored. */
  async function ours(): Promise<unknown[]> {
    const { moderation } = world;
    const found = [
      await moderation.case(COMMUNITY, card.flag),
      await moderation.settings(COMMUNITY),
      await moderation.policies(COMMUNITY),
      await moderation.ignored(COMMUNITY),
      await moderation.stats(COMMUNITY, new Date(0)),
      await moderation.personalData(COMMUNITY, 'ann'),
      await moderation.appeals(COMMUNITY, 'ann'),
      await moderation.marks(COMMUNITY),
      (await moderation.served(COMMUNITY.platform, 'spy')).includes(COMMUNITY.community),
    ];
    return found;
  }

  test.each(Object.keys(CALLS) as (keyof typeof CALLS)[])(
    '%s by a stranger reads nothing of it and changes nothing in it',
    async (call) => {
      const before = await ours();
      for (const stranger of STRANGERS) {
        const answer = await CALLS[call](world.moderation, stranger, card);
        expect(JSON.stringify(answer ?? null)).not.toMatch(/secret (?!\d)|"mo"|trolls|0\.55|secret 90%/);
        if (call !== 'raise' && call !== 'find') expect(JSON.stringify(answer ?? null)).not.toContain(card.flag);
      }
      await world.settle();
      expect(await ours()).toEqual(before);
    },
  );

  test('that is purged takes nothing of another with it', async () => {
    const before = await ours();
    const flags = (await everyRow(world.database)).filter(({ row }) => row.includes(card.flag)).length;
    for (const stranger of STRANGERS) await world.moderation.purge(stranger);
    expect(await ours()).toEqual(before);
    expect((await everyRow(world.database)).filter(({ row }) => row.includes(card.flag))).toHaveLength(flags);
  });
});
