/** Settings of a tokenizer.json's WordPiece model. `vocabulary`: token to id. */
export interface WordPieceSettings {
  vocabulary: ReadonlyMap<string, number>;
  unknownId: number;
  continuingPrefix: string;
  /** Longer words, in code points, are unknown as a whole. */
  maxWordLength: number;
  /** Words whose pieces are remembered; when full, memory starts anew, so that no stream of odd words fills it. */
  cachedWords?: number;
}

/** Longer ones are rarely met again. */
const CACHED_WORD_LENGTH = 32;

/** The ids of a word's pieces. */
export interface WordPieces {
  (word: string): readonly number[];
}

/**
 * WordPiece: at each place the longest piece of the vocabulary; a word that cannot be covered is unknown as a whole.
 * Pieces longer than the vocabulary's longest are never tried, so a word costs its length, not its square.
 */
export function wordPieces(settings: WordPieceSettings): WordPieces {
  const { vocabulary, unknownId, continuingPrefix, maxWordLength, cachedWords = 100_000 } = settings;
  const continuing = new Map<string, number>();
  let longest = 0;
  for (const [token, id] of vocabulary) {
    const continues = token.startsWith(continuingPrefix);
    if (continues) continuing.set(token.slice(continuingPrefix.length), id);
    longest = Math.max(longest, token.length);
  }
  const unknown: readonly number[] = [unknownId];

  const pieces = (word: string): readonly number[] => {
    if (word.length > maxWordLength && codePoints(word) > maxWordLength) return unknown;
    const ids: number[] = [];
    let start = 0;
    while (start < word.length) {
      const candidates = start === 0 ? vocabulary : continuing;
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      while (end > start && (id = candidates.get(word.slice(start, end))) === undefined) end--;
      if (id === undefined) return unknown;
      ids.push(id);
      start = end;
    }
    return ids;
  };

  const cache = new Map<string, readonly number[]>();
  return (word) => {
    const known = cache.get(word);
    if (known) return known;
    const ids = pieces(word);
    if (word.length <= CACHED_WORD_LENGTH) {
      if (cache.size >= cachedWords) cache.clear();
      // A copy, for the word may be a slice that would keep its whole text in memory.
      cache.set(Buffer.from(word).toString(), ids);
    }
    return ids;
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) count++;
  return count;
}
