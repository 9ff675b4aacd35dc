import { ACCENT, CHARACTER_CLASSES, CJK, PUNCTUATION, REMOVED, SPACE } from './bert-characters.ts';

/** The settings of a tokenizer.json's BertNormalizer. */
export interface BertNormalizerSettings {
  lowercase: boolean;
  stripAccents: boolean;
  splitCjk: boolean;
}

/**
 * The words of a text as BERT's normaliser and pre-tokenizer make them, for any string: control characters, U+FFFD and lone
 * surrogates vanish, each punctuation mark and CJK character stands alone, the rest is cut at white space.
 */
export function bertWords(text: string, settings: BertNormalizerSettings): string[] {
  const { splitCjk, stripAccents } = settings;
  const characters = changeLetters(text, settings);
  const words: string[] = [];
  /** The word so far, up to `start`: what came before a removed character. */
  let kept = '';
  /** Where the rest of the word starts; -1: there is none. */
  let start = -1;
  const endWord = (end: number): void => {
    const word = start < 0 ? kept : kept + characters.slice(start, end);
    if (word !== '') words.push(word);
    kept = '';
    start = -1;
  };
  let width = 1;
  for (let i = 0; i < characters.length; i += width) {
    const point = characters.codePointAt(i)!;
    width = point > 0xffff ? 2 : 1;
    const kind = CHARACTER_CLASSES[point]!;
    if (kind === SPACE) endWord(i);
    else if (kind === PUNCTUATION || (kind === CJK && splitCjk)) {
      endWord(i);
      words.push(characters.slice(i, i + width));
    } else if (kind === REMOVED || (kind === ACCENT && stripAccents)) {
      if (start >= 0) kept += characters.slice(start, i);
      start = -1;
    } else if (start < 0) start = i;
  }
  endWord(characters.length);
  return words;
}

function changeLetters(text: string, { lowercase, stripAccents }: BertNormalizerSettings): string {
  const decomposed = stripAccents ? text.normalize('NFD') : text;
  // The reference lowers letter by letter, so a sigma that ends a word becomes σ like any other.
  return lowercase ? decomposed.replaceAll('Σ', 'σ').toLowerCase() : decomposed;
}
