/**
 * Why a verdict's adapter was chosen.
 * `language`: the post's language has an adapter of its own; `shared`: it has none, the multilingual adapter answered;
 * `uncertain`: the language could not be told, the multilingual adapter answered; `no-text`: nothing to classify; `unseen`: more came than could be
 * classified in time, and no adapter answered.
 */
export type RoutingReason = 'language' | 'shared' | 'uncertain' | 'no-text' | 'unseen';

/** What the classifier says about one message revision. */
export interface Verdict {
  /** Probability in [0, 1] that the post is polarized. */
  score: number;
  /** ISO 639-1 code, or `und` where the language could not be told. */
  language: string;
  /** The adapter that answered, by language (`en`, `multi`); `none` for `no-text`. */
  adapter: string;
  /** Which version of it: the first 12 hex digits of its weights' sha256; empty for `no-text`. */
  adapterVersion: string;
  reason: RoutingReason;
}

/**
 * Anything that turns texts into verdicts, in order. `communities` says by our own numbers where each was posted, so that
 * an adapter of that community alone answers; `language` (ISO 639-1 or `und`) holds for all of them where it is known
 * already. Rejects as a whole: a batch is retried, never half done.
 */
export interface Classify {
  (texts: readonly string[], communities?: readonly number[], language?: string): Promise<Verdict[]>;
}

/** A word of a post and how much it drives the score. Positions are UTF-16 units of the post as it was written. */
export interface WordWeight {
  start: number;
  end: number;
  /** The score with the word less the score without it: above 0 it speaks for `polarized`. */
  weight: number;
}

/** Why a post has its score, as far as leaving words out can tell. Words that change nothing are not listed. */
export interface Explanation {
  /** Of the whole post, by the adapters of this moment; the verdict may be of earlier ones. */
  score: number;
  /** In the order of the post. */
  words: WordWeight[];
}

/** Anything that says which words drove the score of a text, for the community (by our own number) that it was posted in. */
export interface Explain {
  (text: string, community?: number): Promise<Explanation>;
}

/** Of a post that was passed over, as the declared policy of an overload says; its score means nothing. */
export const UNSEEN_VERDICT: Verdict = {
  score: 0,
  language: 'und',
  adapter: 'none',
  adapterVersion: '',
  reason: 'unseen',
};

export const NO_TEXT_VERDICT: Verdict = {
  score: 0,
  language: 'und',
  adapter: 'none',
  adapterVersion: '',
  reason: 'no-text',
};
