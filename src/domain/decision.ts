import { evidenceOf } from './consensus.ts';
import type { Reliability } from './consensus.ts';
import type { Answer } from './label.ts';

/** What a community holds true of a flagged message after one or more labels. */
export type Decision = 'polarized' | 'not_polarized' | 'undecided';

/** An answer, who may be believed how far, and what it counts for: 0 where it was set aside. */
export interface WeighedAnswer {
  answer: Answer;
  reliability: Reliability;
  weight: number;
}

/** Two to one: what a single good answer more than the others' says. */
const CLEAR = Math.log(2);

/** Answers that a disagreement takes: two who disagree wait for a third. */
const TIE_BREAK = 3;

/**
 * What holds after these answers. Who takes the same side decides at once, one moderator as well as many. Where two
 * disagree, the post waits for others; from three on, each answer weighs as much as its moderator's have held up so far,
 * which is a majority where all are alike. The model has no say in it.
 */
export function decide(answers: readonly WeighedAnswer[]): Decision {
  const votes = answers.flatMap(({ answer, reliability, weight }) =>
    answer === 'unsure' || weight <= 0 ? [] : [{ polarized: answer === 'polarized', reliability, weight }],
  );
  const [first] = votes;
  if (first === undefined) return 'undecided';
  if (votes.every(({ polarized }) => polarized === first.polarized)) return sideOf(first.polarized);
  if (votes.length < TIE_BREAK) return 'undecided';
  const evidence = votes.reduce((sum, vote) => sum + evidenceOf(vote), 0);
  return Math.abs(evidence) < CLEAR ? 'undecided' : sideOf(evidence > 0);
}

function sideOf(polarized: boolean): Decision {
  return polarized ? 'polarized' : 'not_polarized';
}
