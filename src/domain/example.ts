/** A training row: a post, what it is, and the language whose adapter it teaches. */
export interface Example {
  text: string;
  /** 1 polarized, 0 not. */
  label: 0 | 1;
  /** ISO 639-1. */
  language: string;
}
