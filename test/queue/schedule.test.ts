import { sql } from 'drizzle-orm';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueues } from '../../src/queue/queues.ts';
import type { Queues } from '../../src/queue/queues.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { rowsOf } from '../../src/store/statement.ts';
import { describeOnEachDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

const HOUR = 3_600_000;
const ZONE = 'Asia/Kolkata';

describeOnEachDatabase('a schedule', (create) => {
  let place: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    place = await create();
    database = await openDatabase(place.address);
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  /** Once a day, by the clock of a zone half an hour off, at the minute that was so many hours ago there. */
  function dailyHoursAgo(hours: number): string {
    const parts = new Intl.DateTimeFormat('en', {
      timeZone: ZONE,
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    });
    const [hour, minute] = parts
      .formatToParts(new Date(Date.now() - hours * HOUR))
      .flatMap(({ type, value }) => (type === 'hour' || type === 'minute' ? [Number(value)] : []));
    return `${minute} ${hour} * * *`;
  }

  async function comeUp(cron: string): Promise<Queues> {
    const queues = await openQueues(database, SILENT);
    await queues.schedule('retrain', cron, { timeZone: ZONE, data: { cause: 'schedule' } });
    return queues;
  }

  /** What is asked for, and what is about to be. */
  const asked = () =>
    rowsOf(
      database.handle,
      sql`select coalesce(data->'data', data) as data from pgboss.job
        where state < 'completed' and (name = 'retrain' or data->>'name' = 'retrain')`,
    );

  /** As if nothing had been up since: the last look at schedules was then. */
  const lookedBefore = (interval: string) =>
    database.handle.execute(sql`update pgboss.version set cron_on = now() - ${interval}::interval`);

  test('is made up for once by whoever comes up, however often its hour was missed', async () => {
    const cron = dailyHoursAgo(6);
    await (await comeUp(cron)).close();
    await database.handle.execute(sql`update pgboss.schedule set created_on = now() - interval '30 days'`);
    await lookedBefore('3 days');
    const first = await comeUp(cron);
    await expect.poll(asked, { timeout: 60_000 }).not.toHaveLength(0);
    await first.close();
    expect(await asked()).toEqual([{ data: { cause: 'schedule' } }]);
    await database.handle.execute(sql`delete from pgboss.job`);
    // In its own zone nothing of it fell into these hours: what was made up for is not again.
    await lookedBefore('5 hours');
    const second = await comeUp(cron);
    const looked = sql`select 1 from pgboss.version where cron_on > now() - interval '1 hour'`;
    await expect.poll(() => rowsOf(database.handle, looked), { timeout: 60_000 }).toHaveLength(1);
    // It closes once its look has ended.
    await second.close();
    expect(await asked()).toEqual([]);
  });
});

test('a schedule keeps to the clock of its zone when the clocks change, and comes once a night', () => {
  const boss = new PgBoss({ db: { executeSql: () => Promise.resolve({ rows: [] }) } });
  const after = (cron: string, from: string, count: number): string[] =>
    boss
      .previewSchedule(cron, { tz: 'Europe/Rome', from: new Date(from), count })
      .map((moment) => moment.toISOString().slice(0, 16));
  expect(after('0 3 * * 1', '2027-03-21T00:00:00Z', 2)).toEqual(['2027-03-22T02:00', '2027-03-29T01:00']);
  expect(after('0 3 * * 1', '2027-10-24T00:00:00Z', 2)).toEqual(['2027-10-25T01:00', '2027-11-01T02:00']);
  // No half past two on 28 March, two of them on 31 October.
  expect(after('30 2 * * *', '2027-03-27T12:00:00Z', 2).map((moment) => moment.slice(0, 10))).toEqual([
    '2027-03-28',
    '2027-03-29',
  ]);
  expect(after('30 2 * * *', '2027-10-30T12:00:00Z', 2).map((moment) => moment.slice(0, 10))).toEqual([
    '2027-10-31',
    '2027-11-01',
  ]);
});
