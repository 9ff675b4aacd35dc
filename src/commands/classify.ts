import type { Command } from 'commander';
import type { Classify } from '../domain/verdict.ts';
import { DEFAULT_THRESHOLD } from '../domain/policy.ts';
import type { Flags } from '../runtime/config.ts';
import { openInput, readPostLines, reportBadLine } from './json-lines.ts';
import type { PostLine } from './json-lines.ts';
import { printLine } from './print.ts';
import { addSettings, configOf } from './settings.ts';

/** Pieces of the input that may be in the model at once: the next is read while one is answered. */
const PIECES_AHEAD = 4;

export function addClassify(program: Command): void {
  const command = program
    .command('classify')
    .description(
      'Classifies posts: JSON lines {"id", "text"} on standard input to {"id", "language", "adapter", "score", ' +
        '"polarized"} on standard output, in the same order. Stores nothing.',
    )
    .option('--json', 'print JSON lines (it always does) and errors as JSON')
    .addHelpText(
      'after',
      `\nExample:\n  $ echo '{"id":1,"text":"Hello!"}' | evenkeel classify\n\nA line that cannot be read is named on standard error, and the rest goes on.`,
    )
    .action(classifyInput);
  addSettings(command, ['dataDir', 'device', 'precision', 'base', 'threads']);
}

async function classifyInput(flags: Flags): Promise<void> {
  const config = configOf(flags);
  const { openClassifier } = await import('../classifier/classifier.ts');
  const classifier = await openClassifier(config);
  try {
    const inHand: Promise<void>[] = [];
    let printed = Promise.resolve();
    for await (const piece of readPostLines(openInput('-'), 'standard input')) {
      const posts = piece.flatMap((read) => {
        if ('post' in read) return [read.post];
        reportBadLine('standard input', read.line, read.problem);
        return [];
      });
      const answer = answerOf(posts, classifier.classify);
      printed = Promise.all([answer, printed]).then(([lines]) => print(lines));
      // Awaited below; until then a failure must not count as unhandled.
      printed.catch(() => {});
      inHand.push(printed);
      if (inHand.length >= PIECES_AHEAD) await inHand.shift();
    }
    await printed;
  } finally {
    await classifier.close();
  }
}

async function answerOf(posts: readonly PostLine[], classify: Classify): Promise<string[]> {
  const verdicts = await classify(posts.map(({ text }) => text));
  return posts.map(({ id }, i) => {
    const { language, adapter, score } = verdicts[i]!;
    return JSON.stringify({ id, language, adapter, score, polarized: score >= DEFAULT_THRESHOLD });
  });
}

async function print(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await printLine(lines.join('\n'));
}
