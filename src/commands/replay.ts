import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Replay } from '../roles/replay.ts';
import type { Config, Flags } from '../runtime/config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { countLines, openInput, readPostLines, reportBadLine } from './json-lines.ts';
import { printJson, printLine } from './print.ts';
import { addSettings, configIn } from './settings.ts';
import type { Progress } from '../runtime/progress.ts';

interface ReplayFlags extends Flags {
  json?: boolean;
}

/** What was read: each post's id as it was given, by its text, and the lines that were no posts or no new ones. */
interface Read {
  ids: Map<string, string | number>;
  bad: number;
  repeated: number;
}

/** Messages whose outcomes are looked up at once. */
const LOOKUP = 500;

export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .argument('<file>', 'JSON lines {"id", "text"}, or - for standard input')
    .description(
      'Sends the posts of a file through the whole loop (intake, queue, model, flags, cards), then says what came of them.',
    )
    .option(
      '--json',
      'print {"id", "language", "adapter", "score", "flagged"} for each post, the summary on standard error',
    )
    .addHelpText(
      'after',
      `
Without --data-dir everything is kept in a temporary folder and removed at the end. With it, a replay that was stopped
or killed goes on where it was when it is started again, and \`evenkeel start\` on the same folder shows the cards.
It always uses the embedded database.

Example:
  $ evenkeel replay posts.jsonl --data-dir ./trial`,
    )
    .action(replay);
  addSettings(command, ['dataDir', 'device', 'precision', 'base', 'threads', 'workers']);
}

async function replay(file: string, flags: ReplayFlags): Promise<void> {
  const dataDir = flags.dataDir ?? mkdtempSync(join(tmpdir(), 'evenkeel-replay-'));
  try {
    await replayIn(configIn(dataDir, flags), file, flags);
  } finally {
    if (flags.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function replayIn(config: Config, file: string, flags: ReplayFlags): Promise<void> {
  const [{ createLogger }, { createProgress }, { loadKeys }, { ServiceStack }, { stopOnSignals }, { openReplay }] =
    await Promise.all([
      import('../runtime/log.ts'),
      import('../runtime/progress.ts'),
      import('../runtime/secrets.ts'),
      import('../runtime/service.ts'),
      import('../runtime/signals.ts'),
      import('../roles/replay.ts'),
    ]);
  // A progress bar and log lines about every step do not go together.
  const log = createLogger({ ...config.log, level: config.log.level === 'info' ? 'warn' : config.log.level });
  const total = file === '-' ? null : await countLines(file);
  const stack = new ServiceStack(log);
  const release = stopOnSignals(() => stack.stop(), log);
  try {
    const loop = await openReplay(stack, config, loadKeys(process.env, config.dataDir), log);
    const startedAt = performance.now();
    const progress = createProgress({ label: 'replay', total, unit: 'posts' });
    const read = await untilAborted(stack.signal, feed(loop, file, progress)).finally(() => progress.finish());
    const seconds = (performance.now() - startedAt) / 1000;
    await report(loop, read, seconds, config, flags);
  } catch (error) {
    if (!stack.signal.aborted) throw error;
    process.stderr.write(`Stopped. ${flags.dataDir === undefined ? '' : 'The same command goes on from here.'}\n`);
    process.exitCode = 130;
  } finally {
    release();
    await stack.stop();
  }
}

async function feed(loop: Replay, file: string, progress: Progress): Promise<Read> {
  const read: Read = { ids: new Map(), bad: 0, repeated: 0 };
  const waiting = (): number => loop.counts.received - loop.counts.classified;
  const ticker = setInterval(() => progress.update(Math.max(0, read.ids.size - waiting())), 100);
  try {
    for await (const piece of readPostLines(openInput(file), file)) {
      const posts: { id: string; text: string }[] = [];
      for (const line of piece) {
        if ('problem' in line) {
          read.bad += 1;
          reportBadLine(file, line.line, line.problem);
        } else if (read.ids.has(String(line.post.id))) {
          read.repeated += 1;
        } else {
          read.ids.set(String(line.post.id), line.post.id);
          posts.push({ id: String(line.post.id), text: line.post.text });
        }
      }
      await loop.receive(posts);
    }
    await loop.finish();
    progress.update(read.ids.size);
    return read;
  } finally {
    clearInterval(ticker);
  }
}

async function report(
  loop: Replay,
  { ids, bad, repeated }: Read,
  seconds: number,
  config: Config,
  flags: ReplayFlags,
): Promise<void> {
  const sum = { verdicts: 0, flagged: 0, cards: 0 };
  const keys = [...ids.keys()];
  for (let start = 0; start < keys.length; start += LOOKUP) {
    const some = keys.slice(start, start + LOOKUP);
    const outcomes = new Map((await loop.outcomes(some)).map((outcome) => [outcome.message, outcome]));
    for (const key of some) {
      const outcome = outcomes.get(key);
      if (outcome === undefined) continue;
      sum.verdicts += 1;
      sum.flagged += Number(outcome.flagged);
      sum.cards += Number(outcome.flagged && outcome.carded);
      const { language, adapter, score, flagged } = outcome;
      if (flags.json) await printJson({ id: ids.get(key), language, adapter, score, flagged });
    }
  }
  const summary = [
    `${count(ids.size, 'post')}: ${count(sum.verdicts, 'verdict')}, ${sum.flagged.toLocaleString('en-US')} flagged, ${count(sum.cards, 'card')}.`,
    `${count(loop.counts.classified, 'verdict')} of them now, in ${seconds.toFixed(1)} s: ${Math.round(loop.counts.classified / seconds)} posts/s on ${loop.device} with ${loop.model}.`,
    ...(bad > 0 ? [`${count(bad, 'line')} skipped: not a post.`] : []),
    ...(repeated > 0 ? [`${count(repeated, 'line')} skipped: the id came before.`] : []),
    ...(flags.dataDir === undefined ? [] : [`Everything is in ${config.dataDir}.`]),
  ].join('\n');
  if (flags.json) process.stderr.write(`${summary}\n`);
  else await printLine(summary);
  if (sum.verdicts < ids.size || sum.cards < sum.flagged)
    throw incomplete(ids.size - sum.verdicts, sum.flagged - sum.cards);
}

function incomplete(verdicts: number, cards: number): EvenkeelError {
  return new EvenkeelError(
    'internal',
    `${count(verdicts, 'post')} got no verdict and ${count(cards, 'flag')} no card`,
    {
      hint: 'Run it again with LOG_LEVEL=debug and --data-dir: the log says which jobs failed, and why.',
    },
  );
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** Rejects when stopping begins: what is waited for may then never come. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return Promise.race([work, aborted]);
}
