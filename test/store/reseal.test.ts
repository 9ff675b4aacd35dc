import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyLedgers } from '../../src/pipeline/ledger.ts';
import { takeSnapshot } from '../../src/pipeline/training-snapshot.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { storeLedger } from '../../src/store/adapter-store.ts';
import { installationsOf } from '../../src/store/installations.ts';
import { countSealed, findUnknownKeys, reseal, SEALED_COLUMNS } from '../../src/store/reseal.ts';
import { createSeal } from '../../src/store/seal.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import { COMMUNITY, openWorld, post, readScores } from '../pipeline/world.ts';
import type { World } from '../pipeline/world.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const POSTS = 7;

describeOnEachDatabase('another key', (create) => {
  let world: World;
  const both = createSeal([NEW, OLD]);
  const fresh = createSeal([NEW]);

  beforeEach(async () => {
    world = await openWorld(create, { key: OLD });
    await fill(world);
  });
  afterEach(() => world.close());

  /** Something under the old key in every place that holds sealed bytes. */
  async function fill({ moderation, settle, database, seal: old }: World): Promise<void> {
    await moderation.changeSettings(COMMUNITY, { mode: 'review' }, 'ada');
    const posts = Array.from({ length: POSTS }, (_, i) => post(`p${i}`, `en: words of ${i} 90%`));
    await moderation.receive(posts);
    await settle();
    await moderation.raise(posts[0]!, { origin: 'report', who: 'rita', reason: 'a report' });
    const cards = await moderation.queue({ community: COMMUNITY });
    const first = cards.find((card) => card.message.message === 'p0');
    const act = { community: COMMUNITY, flag: first!.flag, moderator: 'ada' };
    await moderation.escalate({ ...act, reason: 'a call' });
    await moderation.label({
      ...act,
      answer: 'polarized',
      details: { targets: [], manifestations: [], note: 'a note' },
    });
    await moderation.appeal(COMMUNITY, 'ann', first!.flag, 'a statement');
    await moderation.answerAppeal({ ...act, outcome: 'upheld', words: 'an answer' });
    await installationsOf(database.handle, old, 'slack').save('T1', 'a token');
  }

  /** Everything readable, as the new key alone opens it. */
  async function readWith(seal: typeof both): Promise<string[]> {
    const parts = { database: world.database, queues: world.queues, seal, classify: readScores };
    const moderation = createModeration(parts);
    const exported = await moderation.exportPersonalData(COMMUNITY, 'ann');
    const [{ id }] = (await rowsOf<{ id: string }>(
      world.database.handle,
      sql`select f.id from flags f join messages m on m.id = f.message_id where m.external_id = 'p0'`,
    )) as [{ id: string }];
    const card = await moderation.case(COMMUNITY, id);
    return [exported, JSON.stringify(card), (await installationsOf(world.database.handle, seal, 'slack').find('T1'))!];
  }

  test('every sealed column of the schema is known to the rotation, and filled by this test', async () => {
    const columns = await rowsOf<{ where: string }>(
      world.database.handle,
      sql`select table_name || '.' || column_name as where from information_schema.columns
        where table_schema = 'public' and data_type = 'bytea' order by 1`,
    );
    const sealed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
    const plain = ['adapter_files.bytes', 'api_keys.hash', 'console_grants.hash', 'console_sessions.hash'];
    expect(columns.map(({ where }) => where).toSorted()).toEqual([...sealed, ...plain].toSorted());
    const counted = await countSealed(world.database.handle);
    expect(counted.map(({ where }) => where).toSorted()).toEqual(sealed.toSorted());
    expect(new Set(counted.map(({ key }) => key))).toEqual(new Set([both.ids.old[0]]));
  });

  test('reads what the one before sealed, and after the rotation needs it no more', async () => {
    const before = await readWith(both);
    for (const words of ['words of 0', 'a statement']) expect(before[0]).toContain(words);
    for (const words of ['a report', 'a call', 'a note', 'an answer']) expect(before[1]).toContain(words);
    expect(await findUnknownKeys(world.database.handle, fresh)).toEqual([both.ids.old[0]]);

    const places = await countSealed(world.database.handle);
    const steps: number[] = [];
    const done = await reseal(world.database, both, { size: 2, onRows: (rows) => steps.push(rows) });
    const total = places.reduce((sum, { rows }) => sum + rows, 0);
    expect(done).toEqual({ resealed: total, unreadable: 0 });
    expect(steps.length).toBeGreaterThan(POSTS / 2);
    expect(steps.at(-1)).toBe(total);

    const { exportedAt: _, ...same } = JSON.parse((await readWith(fresh))[0]!) as Record<string, unknown>;
    expect(JSON.parse(before[0]!)).toMatchObject(same);
    expect((await readWith(fresh)).slice(1)).toEqual(before.slice(1));
    expect(await findUnknownKeys(world.database.handle, fresh)).toEqual([]);
    expect(new Set((await countSealed(world.database.handle)).map(({ key }) => key))).toEqual(
      new Set([both.ids.current]),
    );
    expect(await reseal(world.database, both)).toEqual({ resealed: 0, unreadable: 0 });
  });

  test('goes on with the rest after it was cut off, and leaves what no key opens as it is', async () => {
    const enough = new Error('cut off');
    const cut = reseal(world.database, both, {
      size: 2,
      onRows: (rows) => {
        if (rows >= 4) throw enough;
      },
    });
    await expect(cut).rejects.toBe(enough);
    const half = await countSealed(world.database.handle);
    expect(half.filter(({ where }) => where === 'texts.sealed')).toHaveLength(2);

    const lost = createSeal([Buffer.alloc(32, 3)]);
    await installationsOf(world.database.handle, lost, 'slack').save('T2', 'lost');
    expect(await reseal(world.database, both, { size: 2 })).toMatchObject({ unreadable: 1 });
    const left = (await countSealed(world.database.handle)).filter(({ key }) => key !== both.ids.current);
    expect(left).toEqual([{ where: 'installations.sealed', key: lost.ids.current, rows: 1 }]);
    expect(await installationsOf(world.database.handle, lost, 'slack').find('T2')).toBe('lost');
  });

  test('leaves what can be proved of an adapter as it was', async () => {
    const { database, moderation } = world;
    await moderation.changeSettings(COMMUNITY, { training: { state: 'local-only', permission: 'T-1' } }, 'ada');
    const { lines, ledger } = await takeSnapshot({ database, seal: both }, { communityId: 1, language: 'en' });
    expect(lines).toHaveLength(1);
    for (const [name, hash] of [
      ['en-c1', ledger],
      ['en-c2', 'f'.repeat(64)],
    ] as const) {
      const [row] = await rowsOf<{ id: number }>(
        database.handle,
        sql`insert into adapters (base, name, version, state, metrics, ledger)
          values ('b', ${name}, 'v1', 'active', '{}', ${hash}) returning id`,
      );
      await storeLedger(database.handle, row!.id, lines);
    }
    const proofs = () => verifyLedgers(database.handle, 'b');
    const intact = (await proofs()).map((proof) => [proof.name, proof.intact] as const);
    expect(new Map(intact)).toEqual(
      new Map([
        ['en-c1', true],
        ['en-c2', false],
      ]),
    );
    const before = await proofs();
    await reseal(database, both);
    expect(await proofs()).toEqual(before);
  });
});
