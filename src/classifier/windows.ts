/**
 * A post longer than the model can read is read in windows. They overlap by a quarter, so that what one cuts in two
 * another reads whole, and the post's score is its highest window's: a post is polarized if a part of it is.
 */
const OVERLAP = 1 / 4;

/**
 * A post's tokens ([CLS] … [SEP]) as sequences of at most `longest` tokens, each between [CLS] and [SEP]. Together they
 * hold every token; a post that fits is its own only window.
 */
export function windows(tokens: Int32Array, longest: number): Int32Array[] {
  if (tokens.length <= longest) return [tokens];
  const size = longest - 2;
  if (size < 1) throw new RangeError(`a window of ${longest} tokens has no room between [CLS] and [SEP]`);
  const content = tokens.subarray(1, -1);
  const step = Math.max(1, Math.floor(size * (1 - OVERLAP)));
  const count = 1 + Math.ceil((content.length - size) / step);
  return Array.from({ length: count }, (_, i) => {
    // The last window ends with the post, and reads as much of it as any other.
    const start = Math.min(i * step, content.length - size);
    const window = new Int32Array(longest);
    window[0] = tokens[0]!;
    window.set(content.subarray(start, start + size), 1);
    window[longest - 1] = tokens.at(-1)!;
    return window;
  });
}

/** The score of a post from those of its windows. */
export function postScore(windowScores: readonly number[]): number {
  return Math.max(...windowScores);
}
