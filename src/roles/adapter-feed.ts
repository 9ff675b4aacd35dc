import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Classifier } from '../classifier/classifier.ts';
import type { Base } from '../model/base.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import type { ServiceStack } from '../runtime/service.ts';
import { ADAPTERS_CHANNEL, findActiveAdapters } from '../store/adapters.ts';
import { writeFolder } from '../store/adapter-folder.ts';
import { findFiles } from '../store/adapter-store.ts';
import type { Database } from '../store/database.ts';

/** How often versions are looked up though nothing was heard, in ms: a lost notification is made up for within 5 s. */
const LOOK_MS = 3000;

type Served = Pick<Classifier, 'adapters' | 'putAdapter' | 'removeAdapter'>;

/**
 * Keeps a classifier on the versions that the database says are served, and in their absence on those that came with the
 * base: at start, whenever another version is announced, and every few seconds in case that was missed.
 */
export async function followAdapters(
  stack: ServiceStack,
  database: Database,
  { classifier, base, baseKey }: { classifier: Served; base: Base; baseKey: string },
  log: Logger,
): Promise<void> {
  const refused = new Set<string>();
  const ours = new Set<string>();

  async function look(): Promise<void> {
    const active = await findActiveAdapters(database.handle, baseKey);
    const wanted = new Map(active.map((each) => [each.name, each]));
    for (const each of active) {
      if (classifier.adapters().get(each.name) === each.version || refused.has(`${each.name} ${each.version}`))
        continue;
      try {
        await put(each.name, each.version);
        ours.add(each.name);
        log.info('another version answers', { adapter: each.name, version: each.version });
      } catch (error) {
        refused.add(`${each.name} ${each.version}`);
        log.error('a version cannot be served; the one before answers', {
          adapter: each.name,
          version: each.version,
          reason: messageOf(error),
        });
      }
    }
    for (const name of ours) {
      if (wanted.has(name)) continue;
      const folder = base.adapters.get(name);
      if (folder === undefined) classifier.removeAdapter(name);
      else await classifier.putAdapter(name, folder);
      ours.delete(name);
      log.info('the version that came with the base answers again', { adapter: name });
    }
  }

  async function put(name: string, version: string): Promise<void> {
    const files = await findFiles(database.handle, { base: baseKey, name, version });
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-adapter-'));
    try {
      await writeFolder(folder, files);
      await classifier.putAdapter(name, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  let last: Promise<void> = Promise.resolve();
  let waiting = false;
  /** One look at a time; of calls during one, a single further look. */
  function lookSoon(): Promise<void> {
    if (waiting) return last;
    waiting = true;
    last = last.then(async () => {
      waiting = false;
      if (stack.signal.aborted) return;
      await look().catch((error: unknown) => log.warn('versions cannot be looked up', { reason: messageOf(error) }));
    });
    return last;
  }

  await look();
  await stack.use(
    'adapter feed',
    async () => {
      const ear = await database.listen(ADAPTERS_CHANNEL, () => void lookSoon());
      const timer = setInterval(() => void lookSoon(), LOOK_MS);
      // Between the first look and the first word something may have been announced.
      void lookSoon();
      return { ear, timer };
    },
    async ({ ear, timer }) => {
      clearInterval(timer);
      await last;
      await ear.close();
    },
  );
}
