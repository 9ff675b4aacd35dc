import type { Finding } from '../domain/finding.ts';
import type { Words } from '../words/words.ts';
import { findingLine } from './answers.ts';

const MARKS = { problem: '❌', warning: '⚠️', note: '✅' } as const;

/** What is wrong in a community, the worst first; `all well` only where nothing else was found. */
export function findingLines(findings: readonly Finding[], words: Words, channel: (id: string) => string): string[] {
  const order: readonly Finding['level'][] = ['problem', 'warning', 'note'];
  const wrong = findings.some(({ level }) => level !== 'note');
  const told = wrong ? findings.filter(({ kind }) => kind !== 'all-well') : findings;
  return told
    .toSorted((one, other) => order.indexOf(one.level) - order.indexOf(other.level))
    .map((finding) => `${MARKS[finding.level]} ${findingLine(finding, words, channel)}`);
}
