/** A training row: a post, what it is, and the language whose adapter it teaches. */
export interface Example {
  text: string;
  /** 1 polarized, 0 not. */
  label: 0 | 1;
  /** ISO 639-1. */
  language: string;
  /** How much it counts beside the others, from 0 to 1; absent: all of it. */
  weight?: number;
}

/** What an example is for: to be learned from, to choose the epoch and calibrate by, or to judge the result. */
export const EXAMPLE_PARTS = ['train', 'dev', 'holdout'] as const;
export type ExamplePart = (typeof EXAMPLE_PARTS)[number];

/**
 * The label of an example and how much it counts, from the probability that the post is polarized: what moderators are
 * split on teaches nothing, what all of them agree on counts in full.
 */
export function labelOf(probability: number): Pick<Example, 'label'> & { weight: number } {
  return { label: probability >= 0.5 ? 1 : 0, weight: Math.abs(2 * probability - 1) };
}
