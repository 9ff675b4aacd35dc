import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { SAMPLE_CONVERSATION } from '../../connectors/local/sample-conversation.ts';
import { readAdapter } from '../../model/adapter-files.ts';
import { readBertConfig } from '../../model/checkpoint.ts';
import { locateBase } from '../../model/base.ts';
import type { Base } from '../../model/base.ts';
import { baseKey } from '../../model/base-key.ts';
import { openAdapterScorer } from '../../pipeline/adapter-scorer.ts';
import { promote } from '../../pipeline/promotion.ts';
import { openFoundation } from '../../roles/foundation.ts';
import type { Foundation } from '../../roles/foundation.ts';
import { createModeration } from '../../roles/moderation.ts';
import type { Config } from '../../runtime/config.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { SILENT } from '../../runtime/log.ts';
import { loadKeys } from '../../runtime/secrets.ts';
import { ServiceStack } from '../../runtime/service.ts';
import { recordAdapter } from '../../store/adapters.ts';
import { readFolder } from '../../store/adapter-folder.ts';
import { storeFiles } from '../../store/adapter-store.ts';
import { isUnused } from '../../store/measure.ts';
import { findVersionsOf } from '../../store/outcomes.ts';
import { configOf } from '../settings.ts';
import { atMost, informing, type BenchFlags, type Figure } from './figure.ts';

const ISSUE = 'issue 7';
const RATE = 500;
const SECONDS = 12;
/** When the version is promoted. */
const PROMOTED_AFTER = 4;
const EACH_MS = 100;
const CLASSIFIERS = 2;
const COMMUNITY = { platform: 'local', community: 'evenkeel-bench' } as const;
/** The adapter that is replaced, and whose weights take its place: any two that differ. */
const [NAME, OTHER] = ['en', 'multi'] as const;

/** A version is promoted while two processes classify what comes in: when they have it, and what became of every post. */
export async function benchSwap(flags: BenchFlags): Promise<Figure[]> {
  if (!process.env['DATABASE_URL'])
    throw new EvenkeelError('usage', 'Several processes need Postgres, and DATABASE_URL is not set', {
      hint: 'Set DATABASE_URL to an empty database, or run another part with --part.',
    });
  const dataDir = await mkdtemp(join(tmpdir(), 'evenkeel-learning-'));
  const stack = new ServiceStack(SILENT);
  const config = configOf({ ...flags, dataDir });
  const foundation = await openFoundation(stack, config, loadKeys(process.env, dataDir), SILENT);
  const moderation = createModeration({ ...foundation, classify: async () => [] });
  const children: ChildProcess[] = [];
  try {
    if (!(await isUnused(foundation.database.handle)))
      throw new EvenkeelError('usage', 'The database of DATABASE_URL holds communities', {
        hint: 'Give an empty one: the benchmark fills it.',
      });
    const base = await locateBase(config);
    const version = await candidateIn(foundation, base);
    children.push(...Array.from({ length: CLASSIFIERS }, startClassifier));
    for (const child of children) child.send(dataDir);
    await Promise.all(children.map((child) => once(child, 'message')));
    return await measureSwap({
      foundation,
      moderation,
      children,
      base,
      version,
      config,
      rate: Number(flags.rate ?? RATE),
    });
  } finally {
    for (const child of children) if (child.connected) child.send('stop');
    for (const child of children) if (child.exitCode === null) await once(child, 'exit');
    await moderation.purge(COMMUNITY);
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startClassifier(): ChildProcess {
  return fork(new URL('./learning-classifier-process.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function candidateIn({ database }: Foundation, base: Base): Promise<string> {
  const folder = base.adapters.get(OTHER)!;
  const files = await readFolder(folder);
  const key = await baseKey(base);
  const { version } = await readAdapter(folder, await readBertConfig(base.folder));
  await database.transaction(async (tx) => {
    const id = await recordAdapter(tx, { base: key, name: NAME, version }, {});
    await storeFiles(tx, id, files);
  });
  return version;
}

interface Parts {
  foundation: Foundation;
  moderation: ReturnType<typeof createModeration>;
  children: readonly ChildProcess[];
  base: Base;
  version: string;
  config: Config;
  rate: number;
}

async function measureSwap({
  foundation,
  moderation,
  children,
  base,
  version,
  config,
  rate,
}: Parts): Promise<Figure[]> {
  const { database } = foundation;
  const texts = SAMPLE_CONVERSATION.map(({ text }) => text);
  const taken = children.map(async (child) => {
    for (;;) {
      const [{ versions, at }] = (await once(child, 'message')) as [{ versions: [string, string][]; at?: number }];
      if (at !== undefined && new Map(versions).get(NAME) === version) return at;
    }
  });
  const batch = Math.round((rate * EACH_MS) / 1000);
  const startedAt = performance.now();
  let promotedAt = 0;
  let sent = 0;
  for (let tick = 0; tick < (SECONDS * 1000) / EACH_MS; tick += 1) {
    await wait(Math.max(0, startedAt + tick * EACH_MS - performance.now()));
    if (promotedAt === 0 && tick * EACH_MS >= PROMOTED_AFTER * 1000) {
      await promote(database, { base: await baseKey(base), name: NAME, version }, { by: 'bench', force: true });
      promotedAt = Date.now();
    }
    const posts = Array.from({ length: batch }, (_, i) => {
      const n = sent + i;
      const text = `${texts[n % texts.length]!} (${Math.floor(n / texts.length)})`;
      return { ...COMMUNITY, channel: 'c', message: String(n), revision: 0, author: 'a', text, postedAt: new Date() };
    });
    sent += batch;
    await moderation.receive(posts);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const swapped = (Math.max(...(await Promise.all(taken))) - promotedAt) / 1000;
  await waitForAll(database, sent);

  const rows = await findVersionsOf(database.handle, COMMUNITY);
  const scorer = await openAdapterScorer({ ...config, device: 'cpu', threads: 1, workers: 1 });
  const scores = new Map<string, number[]>();
  const own = rows.filter(({ adapter }) => adapter === NAME);
  const textOf = (message: string): string =>
    `${texts[Number(message) % texts.length]!} (${Math.floor(Number(message) / texts.length)})`;
  const folders = { before: base.adapters.get(NAME)!, after: base.adapters.get(OTHER)! };
  for (const [when, folder] of Object.entries(folders))
    scores.set(
      when,
      await scorer.score(
        folder,
        own.map(({ message }) => textOf(message)),
      ),
    );
  await scorer.close();
  const wrong = own.filter(
    ({ version: named, score }, i) => Math.abs(scores.get(named === version ? 'after' : 'before')![i]! - score) > 1e-6,
  );
  const late = own.filter(({ version: named, at }) => named !== version && at.getTime() - promotedAt > 5000);
  const against = `${ISSUE}; ${sent} posts, ${Math.round(sent / seconds)} a second, ${CLASSIFIERS} classifier processes`;
  return [
    atMost(5, { name: 'a promoted version answers in every process after', value: swapped, unit: 's', against }),
    atMost(0, {
      name: 'verdicts by the version before, later than 5 s',
      value: late.length,
      unit: 'posts',
      against: ISSUE,
    }),
    atMost(0, { name: 'posts without a verdict', value: sent - rows.length, unit: 'posts', against: ISSUE }),
    atMost(0, {
      name: 'verdicts whose score is not that of the version they name',
      value: wrong.length,
      unit: 'posts',
      against: ISSUE,
    }),
    informing({
      name: 'verdicts by the new version',
      value: own.length - own.filter(({ version: named }) => named !== version).length,
      unit: 'posts',
      against: `of ${own.length} in its language`,
    }),
  ];
}

/** How long nothing may come of what waits before that counts as dropped, in ms. */
const PATIENCE_MS = 20_000;

async function waitForAll(database: Foundation['database'], sent: number): Promise<void> {
  let last = -1;
  for (let since = Date.now(); Date.now() - since < PATIENCE_MS; await wait(500)) {
    const { length } = await findVersionsOf(database.handle, COMMUNITY);
    if (length >= sent) return;
    if (length > last) since = Date.now();
    last = length;
  }
}
