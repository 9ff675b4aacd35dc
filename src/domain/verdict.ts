/**
 * Why a verdict's adapter was chosen.
 * `language`: the post's language has an adapter of its own; `shared`: it has none, the multilingual adapter answered;
 * `uncertain`: the language could not be told, the multilingual adapter answered; `no-text`: nothing to classify.
 */
export type RoutingReason = 'language' | 'shared' | 'uncertain' | 'no-text';

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

/** Anything that turns texts into verdicts, in order. Rejects as a whole: a batch is retried, never half done. */
export interface Classify {
  (texts: readonly string[]): Promise<Verdict[]>;
}

export const NO_TEXT_VERDICT: Verdict = {
  score: 0,
  language: 'und',
  adapter: 'none',
  adapterVersion: '',
  reason: 'no-text',
};
