/** Python's str.isspace, which scikit-learn splits by; JavaScript's \s differs in five characters. */
// oxlint-disable-next-line no-control-regex -- four separators among the control characters are spaces to Python
const SPACES = /[\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/u;
/** Words of two characters or more, as scikit-learn's default token_pattern finds them: marks end a word. */
const WORDS = /[\p{L}\p{N}_]{2,}/gu;

/** Runs of 1 to `longest` words, joined by spaces: TfidfVectorizer(ngram_range=(1, longest)), lower case. */
export function wordNgrams(text: string, longest: number): string[] {
  const words = text.toLowerCase().match(WORDS) ?? [];
  const ngrams: string[] = [];
  for (let size = 1; size <= longest; size += 1) {
    for (let start = 0; start + size <= words.length; start += 1) {
      ngrams.push(size === 1 ? words[start]! : words.slice(start, start + size).join(' '));
    }
  }
  return ngrams;
}

/**
 * Runs of `shortest` to `longest` characters inside words, each word between spaces:
 * TfidfVectorizer(analyzer='char_wb', ngram_range=(shortest, longest)), lower case. Characters are code points.
 */
export function characterNgrams(text: string, shortest: number, longest: number): string[] {
  const ngrams: string[] = [];
  for (const word of text.toLowerCase().split(SPACES)) {
    if (word === '') continue;
    const characters = [' ', ...word, ' '];
    for (let size = shortest; size <= longest; size += 1) {
      // A word shorter than the size counts once, whole, and no larger size adds it again.
      const last = Math.max(0, characters.length - size);
      for (let start = 0; start <= last; start += 1) ngrams.push(characters.slice(start, start + size).join(''));
      if (last === 0) break;
    }
  }
  return ngrams;
}
