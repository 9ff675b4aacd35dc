import type { Label } from './label.ts';

/** What a community holds true of a flagged message after one or more labels. */
export type Decision = 'polarized' | 'not_polarized' | 'undecided';

/** The majority of the answers that take a side; a tie, or only `unsure`, is undecided. */
export function decide(labels: readonly Pick<Label, 'answer'>[]): Decision {
  let balance = 0;
  for (const { answer } of labels) {
    if (answer === 'polarized') balance += 1;
    if (answer === 'not_polarized') balance -= 1;
  }
  if (balance === 0) return 'undecided';
  return balance > 0 ? 'polarized' : 'not_polarized';
}
