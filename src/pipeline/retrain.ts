import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClassifierOptions } from '../classifier/classifier.ts';
import { SHARED_ADAPTER } from '../classifier/router.ts';
import { communityAdapter } from '../domain/adapter-name.ts';
import type { Example } from '../domain/example.ts';
import type { Lesson, RunCause, RunOutcome } from '../domain/lesson.ts';
import type { Base } from '../model/base.ts';
import { cardsQueue } from '../queue/jobs.ts';
import type { Queues } from '../queue/queues.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { findActive, findMarked, findVersions, recordAdapter, retireAdapter } from '../store/adapters.ts';
import type { AdapterRow } from '../store/adapters.ts';
import { readFolder, writeFolder } from '../store/adapter-folder.ts';
import { findFiles, storeFiles, storeLedger } from '../store/adapter-store.ts';
import type { Database } from '../store/database.ts';
import { countKept } from '../store/examples.ts';
import type { Seal } from '../store/seal.ts';
import { findSettings } from '../store/settings.ts';
import type { Handle } from '../store/statement.ts';
import { beginRun, finishRun, hasEndedSince, lastRunAt, lockRun } from '../store/training-runs.ts';
import type { TrainingRun } from '../store/training-runs.ts';
import { storeLesson } from '../store/weekly-reports.ts';
import { findScores } from '../store/week.ts';
import { openAdapterScorer } from './adapter-scorer.ts';
import { cardOf } from './adapter-card.ts';
import { learn } from './learn.ts';
import type { Learned, Start } from './learn.ts';
import { rollBack, serve } from './promotion.ts';
import { takeSnapshot } from './training-snapshot.ts';
import type { Snapshot } from './training-snapshot.ts';

const WEEK_MS = 7 * 86_400_000;
/** Who is named in the audit log where no person acted. */
const TRAINER = 'evenkeel';

export interface RetrainParts {
  database: Database;
  queues: Queues;
  seal: Seal;
  /** What is served, and its key in the table of versions. */
  base: Base;
  baseKey: string;
  /** How the scorer opens the model. */
  model: ClassifierOptions;
  /** The operator's frozen holdout, in any languages. */
  publicPosts: readonly Example[];
  /** Where runs keep their state; no text is in it. */
  folder: string;
  threads: number;
  onNote?: (note: string) => void;
}

/** Which adapter to train, and why. */
export interface RetrainTarget {
  communityId: number;
  language: string;
  cause: RunCause;
  /** The database's time at which it was wanted: a run that ended since is what was wanted. */
  asked?: Date;
}

/**
 * Verb 5: trains a community's adapter of a language on what was decided there, and serves the candidate if its gate lets
 * it. Whatever is killed or done twice at once, a run has one end: it leaves at most one candidate, and until then what
 * answers stays as it is. Null where another trainer ended it first, or it has ended since it was asked for. Throws `stopped` where the signal cuts it off.
 */
export async function retrain(
  parts: RetrainParts,
  { communityId, language, cause, asked }: RetrainTarget,
  signal: AbortSignal,
): Promise<Lesson | null> {
  const { database, baseKey: base } = parts;
  const name = communityAdapter(language, communityId);
  // Whoever was killed after it ended could not say so to the queue, which asks again.
  if (asked !== undefined && (await hasEndedSince(database.handle, base, name, asked))) return null;
  for (;;) {
    const run = await beginRun(database.handle, { base, name, communityId, language, cause });
    const snapshot = await takeSnapshot(parts, { communityId, language });
    const current = await findActive(database.handle, base, name);
    const marked = await findMarked(database.handle, base);
    const mustGo = current !== null && marked.has(current.id);
    const nothing = await nothingToDo(database.handle, run, snapshot, mustGo);
    if (nothing !== null) return endWithout(parts, run, snapshot, { outcome: nothing, mustGo });
    const folder = join(parts.folder, String(run.id));
    const starts = await startsOf(parts, { language, name, folder, marked });
    const learned = await learnFrom(parts, { run, snapshot, starts, folder, signal });
    const ended = await end(parts, { run, snapshot, learned, mustGo, starts });
    await rm(folder, { recursive: true, force: true });
    if (ended !== 'changed') return ended;
    // Something was erased meanwhile: it starts again without that.
  }
}

async function nothingToDo(
  handle: Handle,
  run: TrainingRun,
  snapshot: Snapshot,
  mustGo: boolean,
): Promise<'too-few' | 'nothing-new' | null> {
  if (!snapshot.enough) return 'too-few';
  if (mustGo || run.cause !== 'schedule') return null;
  const last = await lastRunAt(handle, run.base, run.name);
  return last === null || snapshot.newest > last ? null : 'nothing-new';
}

/** Folders of what answers now, and of what training may start from. */
interface Starts {
  current: Start & { id: number | null };
  origin: Start;
  shared: Start;
  clean: (Start & { id: number | null })[];
}

async function startsOf(
  { database, base, baseKey }: RetrainParts,
  { language, name, folder, marked }: { language: string; name: string; folder: string; marked: Set<number> },
): Promise<Starts> {
  const shared = base.adapters.get(SHARED_ADAPTER);
  if (shared === undefined)
    throw new EvenkeelError('model', `${base.name} has no adapter ${SHARED_ADAPTER} to start from`, {
      hint: `Train one with \`evenkeel train\`, then \`evenkeel adapters import FOLDER --name ${SHARED_ADAPTER}\`.`,
    });
  const own = base.adapters.get(language) ?? shared;
  const origin = { folder: own, version: own, id: null };
  const versions = await findVersions(database.handle, baseKey, name);
  const kept: (Start & { id: number; active: boolean })[] = [];
  for (const row of versions) {
    if (row.servedAt === null) continue;
    const files = await findFiles(database.handle, row);
    if (files.size === 0) continue;
    const at = join(folder, `from-${row.version}`);
    await writeFolder(at, files);
    kept.push({ folder: at, version: row.version, id: row.id, active: row.state === 'active' });
  }
  const current = kept.find(({ active }) => active) ?? origin;
  const clean = current.id !== null && !marked.has(current.id) ? [current] : [];
  const fromBase = shared === own ? [origin] : [origin, { folder: shared, version: shared, id: null }];
  return { current, origin, shared: { folder: shared, version: shared }, clean: [...clean, ...fromBase] };
}

async function learnFrom(
  parts: RetrainParts,
  given: { run: TrainingRun; snapshot: Snapshot; starts: Starts; folder: string; signal: AbortSignal },
): Promise<Learned> {
  const { database, base, publicPosts, threads, onNote } = parts;
  const { run, snapshot, starts, folder, signal } = given;
  const { communityId, language } = run;
  const settings = await findSettings(database.handle, communityId);
  const since = new Date(run.startedAt.getTime() - WEEK_MS);
  const scorer = await openAdapterScorer(parts.model);
  try {
    return await learn({
      base,
      posts: snapshot.posts,
      current: starts.current,
      starts: starts.clean,
      origin: starts.origin,
      shared: starts.shared,
      publicPosts: publicPosts.filter((post) => post.language === language),
      week: await findScores(database.handle, { communityId, language, since }),
      threshold: settings?.threshold ?? 0.5,
      scorer,
      folder,
      threads,
      signal,
      onNote,
    });
  } finally {
    await scorer.close();
  }
}

/** The end of a run that trained nothing; null where another has ended it. What learned from something erased goes. */
function endWithout(
  { database, queues }: RetrainParts,
  run: TrainingRun,
  snapshot: Snapshot,
  { outcome, mustGo }: { outcome: 'too-few' | 'nothing-new'; mustGo: boolean },
): Promise<Lesson | null> {
  return database.transaction(async (tx) => {
    if (!(await lockRun(tx, run.id))) return null;
    if (mustGo) await rollBack(tx, run, { by: TRAINER, why: 'erasure' });
    const lesson: Lesson = {
      language: run.language,
      adapter: run.name,
      version: null,
      outcome: mustGo ? 'withdrawn' : outcome,
      corrections: snapshot.posts.length,
      comparisons: [],
      volume: null,
      refusals: [],
    };
    await finishRun(tx, run.id, { outcome: mustGo ? 'withdrawn' : outcome });
    if (lesson.outcome !== 'nothing-new' && lesson.corrections > 0) await report(tx, queues, run, lesson);
    return lesson;
  });
}

/** Stores the candidate and what becomes of it, once. Null where another has ended this run. */
async function end(
  { database, queues, base, baseKey }: RetrainParts,
  given: { run: TrainingRun; snapshot: Snapshot; learned: Learned; mustGo: boolean; starts: Starts },
): Promise<Lesson | 'changed' | null> {
  const { run, snapshot, learned, mustGo, starts } = given;
  const { communityId, language, name } = run;
  const promoted = !learned.nothing && learned.refusals.length === 0;
  const outcome: RunOutcome = promoted
    ? 'promoted'
    : mustGo
      ? 'withdrawn'
      : learned.nothing
        ? 'learned-nothing'
        : 'refused';
  const lesson: Lesson = {
    language,
    adapter: name,
    version: learned.nothing ? null : learned.version,
    outcome,
    corrections: snapshot.posts.length,
    comparisons: learned.comparisons,
    volume: learned.volume,
    refusals: learned.refusals,
  };
  const files = new Map(await readFolder(learned.folder));
  const card = cardOf({
    base: base.name,
    lesson,
    ledger: snapshot.ledger,
    curve: learned.curve,
    posts: snapshot.posts,
  });
  files.set('README.md', Buffer.from(card));
  return database.transaction(async (tx) => {
    if (!(await lockRun(tx, run.id))) return null;
    const used = snapshot.lines.map(({ example }) => example);
    if ((await countKept(tx, used)) < used.length) return 'changed';
    if (learned.nothing) {
      // Its weights are those of the start, which may be what answers now: there is no version to store.
      if (mustGo) await rollBack(tx, run, { by: TRAINER, why: 'erasure' });
      await finishRun(tx, run.id, { outcome });
      await report(tx, queues, run, lesson);
      return lesson;
    }
    const parent = starts.clean.find(({ folder }) => folder === learned.start.folder)?.id ?? null;
    const origin = { communityId, parentId: parent, ledger: snapshot.ledger, lesson };
    const version = { base: baseKey, name, version: learned.version };
    const id = await recordAdapter(tx, version, metricsOf(lesson), origin);
    await storeFiles(tx, id, files);
    await storeLedger(tx, id, snapshot.lines);
    if (promoted) {
      const row = (await findVersions(tx, baseKey, name)).find((each) => each.id === id) as AdapterRow;
      await serve(tx, row, TRAINER);
    } else {
      await retireAdapter(tx, id);
      if (mustGo) await rollBack(tx, run, { by: TRAINER, why: 'erasure' });
    }
    await finishRun(tx, run.id, { outcome, adapterId: id });
    await report(tx, queues, run, lesson);
    return lesson;
  });
}

async function report(tx: Handle, queues: Queues, run: TrainingRun, lesson: Lesson): Promise<void> {
  const day = run.startedAt.toISOString().slice(0, 10);
  const { id, platform } = await storeLesson(tx, run.communityId, day, lesson);
  await queues.sendMany(tx, cardsQueue(platform), [{ report: id }]);
}

function metricsOf({ comparisons }: Lesson): Record<string, number> {
  return Object.fromEntries(
    comparisons.flatMap(({ holdout, after, ece }) => [
      [`${holdout}_f1_macro`, after],
      [`${holdout}_ece`, ece.after],
    ]),
  );
}
