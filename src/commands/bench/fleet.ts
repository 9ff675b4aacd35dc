import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { purge } from '../../pipeline/privacy.ts';
import { createChannelDirectory } from '../../store/channel-directory.ts';
import { openDatabase } from '../../store/database.ts';
import type { Database } from '../../store/database.ts';
import { countStatements, databaseBytes, isUnused, postTimes } from '../../store/measure.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { atLeast, atMost, informing, quantile } from './figure.ts';
import type { BenchFlags, Figure } from './figure.ts';
import { coldStart } from './fleet/cold-start.ts';
import { Fleet } from './fleet/fleet.ts';
import { BENCH_COMMUNITY } from './fleet/task.ts';

const ISSUE = 'issue 8';
const SECONDS = 10;
const RATE = 2000;

/** The share of posts that get a card. */
const FLAGGED = 0.02;

/** What the slow classifier of the last two parts takes for a post, in ms. */
const SERVICE_MS = 2;

/** How often the fleet is asked how it is, in ms. */
const LOOK_MS = 500;

interface Parts {
  fleet: Fleet;
  database: Database;
  seconds: number;
  rate: number;
}

/** Processes of every role on a Postgres of their own: how much they take, how fast, and what of it is left. */
export async function benchFleet(flags: BenchFlags): Promise<Figure[]> {
  const url = process.env['DATABASE_URL'];
  if (url === undefined || url === '') throw noDatabase('DATABASE_URL is not set');
  const database = await openDatabase({ url });
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-fleet-'));
  const fleet = new Fleet({ url, dataDir });
  const parts = { fleet, database, seconds: Number(flags.seconds ?? SECONDS), rate: Number(flags.rate ?? RATE) };
  try {
    if (!(await isUnused(database.handle))) throw noDatabase('The database of DATABASE_URL holds communities');
    const figures = [
      ...(await coldStart({ url, dataDir, flags, fleet, against: ISSUE })),
      ...(await saturate(parts)),
      ...(await pace(parts)),
      ...(await scale(parts)),
      ...(await overload(parts)),
    ];
    return figures;
  } finally {
    await fleet.stop();
    const channels = createChannelDirectory(database);
    await purge({ database, channels }, BENCH_COMMUNITY);
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** As many posts as the fleet takes. */
async function saturate({ fleet, database, seconds }: Parts): Promise<Figure[]> {
  await fleet.start({ connectors: 1, classifiers: 1, consoles: 1, serviceMs: 0 });
  // What is compiled, planned and pooled at first is not what it costs to run.
  await fleet.feed({ seconds: Math.min(5, seconds / 2), rate: null, flagged: FLAGGED });
  await fleet.drained();
  const before = await fleet.report();
  const statements = await countStatements(database.handle);
  const bytes = await databaseBytes(database.handle);
  const startedAt = performance.now();
  await fleet.feed({ seconds, rate: null, flagged: FLAGGED });
  await fleet.drained();
  const took = (performance.now() - startedAt) / 1000;
  const after = await fleet.report();
  const posts = after.stored - before.stored;
  const cpu = after.cpuSeconds - before.cpuSeconds;
  const ran = await countStatements(database.handle);
  const figures = [
    atLeast(5000, { name: 'posts through all roles', value: posts / took, unit: 'posts/s', against: ISSUE }),
    informing({
      name: 'processor time of the roles',
      value: (cpu / posts) * 1e6,
      unit: 'us a post',
      against: 'without the database server',
    }),
    informing({
      name: 'database growth',
      value: ((await databaseBytes(database.handle)) - bytes) / posts,
      unit: 'bytes a post',
      against: 'indexes included',
    }),
    ...memoryFigures('at full load', before.rss, after.rss),
  ];
  if (statements === null || ran === null) return figures;
  const value = (ran - statements) / posts;
  return [...figures, atMost(0.1, { name: 'SQL statements', value, unit: 'a post', against: ISSUE })];
}

/** A rate below what it can take: how long a post waits for its verdict. */
async function pace({ fleet, database, seconds, rate }: Parts): Promise<Figure[]> {
  await fleet.report();
  const stored = (await fleet.report()).stored;
  await fleet.feed({ seconds, rate, flagged: FLAGGED });
  await fleet.drained();
  const { seen, stored: now } = await fleet.report();
  const posted = await postTimes(
    database.handle,
    seen.map(([message]) => message),
  );
  const waits = seen.map(([message, at]) => at - posted.get(message)!);
  const name = `post to verdict at ${rate} posts/s`;
  await fleet.stop();
  return [
    informing({
      name: `posts taken at a rate of ${rate}`,
      value: (now - stored) / seconds,
      unit: 'posts/s',
      against: 'rate',
    }),
    informing({ name: `${name}, p50`, value: quantile(waits, 0.5), unit: 'ms', against: 'p99' }),
    atMost(500, { name: `${name}, p99`, value: quantile(waits, 0.99), unit: 'ms', against: ISSUE }),
  ];
}

/** One classifier process and three, each of which takes a constant time for a post. */
async function scale({ fleet, seconds }: Parts): Promise<Figure[]> {
  const speeds: number[] = [];
  for (const classifiers of [1, 3]) {
    await fleet.start({ connectors: 1, classifiers, consoles: 0, serviceMs: SERVICE_MS });
    const rate = (1.5 * classifiers * 1000) / SERVICE_MS;
    await fleet.feed({ seconds: seconds + 2, rate, flagged: FLAGGED }, { wait: false });
    await sleep(2000);
    const before = await fleet.report();
    const startedAt = performance.now();
    await sleep(seconds * 1000);
    const after = await fleet.report();
    speeds.push(((after.classified - before.classified) * 1000) / (performance.now() - startedAt));
    await fleet.fed();
    await fleet.drained();
    await fleet.stop();
  }
  const [one, three] = speeds;
  return [
    informing({ name: `1 classifier of ${SERVICE_MS} ms a post`, value: one!, unit: 'posts/s', against: '500' }),
    atLeast(2.8, { name: '3 classifiers against 1', value: three! / one!, unit: 'x', against: ISSUE }),
  ];
}

/** Three times what its classifier can do: what piles up, and whether it goes away again. */
async function overload({ fleet, seconds }: Parts): Promise<Figure[]> {
  await fleet.start({ connectors: 1, classifiers: 1, consoles: 0, serviceMs: SERVICE_MS });
  await fleet.feed({ seconds: 2, rate: 500 / SERVICE_MS, flagged: FLAGGED });
  await fleet.drained();
  const before = await fleet.report();
  await fleet.feed({ seconds, rate: 3000 / SERVICE_MS, flagged: FLAGGED }, { wait: false });
  let most = before;
  let backlog = 0;
  const look = async (): Promise<boolean> => {
    await sleep(LOOK_MS);
    const now = await fleet.report();
    if (Math.max(...now.rss.map(({ bytes }) => bytes)) > Math.max(...most.rss.map(({ bytes }) => bytes))) most = now;
    backlog = Math.max(backlog, now.stored - now.classified);
    return now.feeding;
  };
  while (await look());
  const startedAt = performance.now();
  await fleet.drained();
  const drain = (performance.now() - startedAt) / 1000;
  const after = await fleet.report();
  await fleet.stop();
  const taken = after.stored - before.stored;
  return [
    informing({
      name: 'overload of 3x: posts taken',
      value: taken,
      unit: 'posts',
      against: `${(seconds * 3000) / SERVICE_MS} posted`,
    }),
    informing({ name: 'overload of 3x: most that waited', value: backlog, unit: 'posts', against: 'taken' }),
    informing({
      name: 'overload of 3x: until all had verdicts',
      value: drain,
      unit: 's',
      against: `${seconds} s of it`,
    }),
    atMost(0, {
      name: 'overload of 3x: posts without a verdict',
      value: after.stored - after.classified,
      unit: 'posts',
      against: ISSUE,
    }),
    ...memoryFigures('in an overload of 3x', before.rss, most.rss),
  ];
}

function memoryFigures(when: string, before: Rss, after: Rss): Figure[] {
  return after.map(({ role, bytes }, at) =>
    informing({
      name: `memory of the ${role} ${when}`,
      value: bytes / 1e6,
      unit: 'MB',
      against: `${Math.round((before[at]?.bytes ?? 0) / 1e6)} MB before`,
    }),
  );
}

type Rss = readonly { role: string; bytes: number }[];

function noDatabase(what: string): EvenkeelError {
  return new EvenkeelError('config', what, {
    hint: 'Set DATABASE_URL to an empty Postgres database for measuring, made with `createdb`; it is left empty again.',
  });
}
