import { join } from 'node:path';
import type { Lesson } from '../domain/lesson.ts';
import { locateBase } from '../model/base.ts';
import { baseKey } from '../model/base-key.ts';
import { retrain } from '../pipeline/retrain.ts';
import type { RetrainParts } from '../pipeline/retrain.ts';
import { sweepRuns } from '../pipeline/sweep-runs.ts';
import { watchAdapters } from '../pipeline/watch.ts';
import type { Jobs } from '../queue/jobs.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { ServiceStack } from '../runtime/service.ts';
import { findTrainable } from '../store/examples.ts';
import { timeOf } from '../store/training-runs.ts';
import { readExamples } from '../trainer/dataset.ts';
import type { Foundation } from './foundation.ts';

/** When versions are looked after (cron, UTC). */
const WATCH_SCHEDULE = '*/10 * * * *';

/** What a training run needs of this machine. Reads the operator's holdout, if there is one. */
export async function openTrainer(foundation: Foundation, config: Config, log: Logger): Promise<RetrainParts> {
  const base = await locateBase(config);
  const { holdout, threads } = config.training;
  return {
    ...foundation,
    base,
    baseKey: await baseKey(base),
    model: { ...config, threads, workers: 1 },
    publicPosts: holdout === null ? [] : await readExamples(holdout),
    folder: join(config.dataDir, 'training'),
    threads,
    onNote: (note) => log.info(note),
  };
}

/** Trains every adapter that there is something to learn for, one after the other. */
export async function trainAll(parts: RetrainParts, signal: AbortSignal): Promise<Lesson[]> {
  const lessons: Lesson[] = [];
  for (const { communityId, language } of await findTrainable(parts.database.handle)) {
    const lesson = await retrain(parts, { communityId, language, cause: 'asked' }, signal);
    if (lesson !== null) lessons.push(lesson);
  }
  return lessons;
}

/** Trains adapters when their hour comes, when someone asks, and when an example of a served one was erased. */
export async function runTrainer(
  stack: ServiceStack,
  foundation: Foundation,
  config: Config,
  log: Logger,
): Promise<void> {
  const parts = await openTrainer(foundation, config, log);
  const { database, queues } = foundation;
  const { schedule, timeZone } = config.training;
  await sweepRuns(parts);
  await queues.schedule('retrain', schedule, { timeZone, data: { cause: 'schedule' } });
  await queues.schedule('watch', WATCH_SCHEDULE);
  await stack.use(
    'version watch',
    () =>
      queues.startWorker({
        queue: 'watch',
        batchSize: 1,
        handler: async () => {
          for (const left of await watchAdapters(parts)) log.warn('a version was taken back', { ...left });
        },
      }),
    (worker) => worker.stop(),
  );
  await stack.use(
    'trainer',
    () =>
      queues.startWorker({
        queue: 'retrain',
        batchSize: 1,
        handler: async ([job]) => {
          const { community, language, cause, asked } = job!;
          if (community !== undefined && language !== undefined) {
            const target = { communityId: community, language, cause, ...(asked && { asked: new Date(asked) }) };
            const lesson = await retrain(parts, target, stack.signal);
            if (lesson !== null) log.info('training ended', { adapter: lesson.adapter, outcome: lesson.outcome });
            return;
          }
          const targets = await findTrainable(database.handle, community ?? null);
          const since = asked ?? (await timeOf(database.handle));
          const jobs = targets.map((each): Jobs['retrain'] => ({
            cause,
            community: each.communityId,
            language: each.language,
            asked: since,
          }));
          await database.transaction((tx) => queues.sendMany(tx, 'retrain', jobs));
        },
      }),
    (worker) => worker.stop(),
  );
}
