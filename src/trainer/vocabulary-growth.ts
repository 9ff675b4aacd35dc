import { wordPieces } from '../model/wordpiece.ts';

/** How often a character, a pair or a word must occur before it is worth a piece of its own. */
const OFTEN = 5;
/** Pairs nearly as frequent as the most frequent are joined in the same round: some hundred rounds instead of thousands. */
const NEARLY = 0.9;
const CONTINUES = '##';

/** A word of the corpus: its pieces so far, and how often it occurs. */
interface CountedWord {
  pieces: string[];
  count: number;
}

/** A piece to add, and the two earlier ones that it joins; a character has none. */
export interface GrownPiece {
  piece: string;
  parts: readonly [string, string] | null;
}

/**
 * Pieces to add to a WordPiece vocabulary, at most `limit`, so that it fits a corpus better: first the characters that it
 * lacks (a word with one is unknown as a whole), then, as byte-pair encoding finds them (Sennrich et al. 2016), the most
 * frequent neighbours joined, which ends at whole words. A text that holds none of them is read as before.
 * `words`: how often each word occurs, as the tokenizer cuts words.
 */
export function grownPieces(
  vocabulary: ReadonlyMap<string, number>,
  words: ReadonlyMap<string, number>,
  limit: number,
): GrownPiece[] {
  const characters = missingCharacters(vocabulary, words).slice(0, limit);
  const added: GrownPiece[] = characters.map((piece) => ({ piece, parts: null }));
  const known = new Map(vocabulary);
  for (const piece of characters) known.set(piece, known.size);
  const counted = segment(known, words);
  while (added.length < limit) {
    const pairs = frequentPairs(counted);
    if (pairs.length === 0) break;
    const enough = NEARLY * pairs[0]!.count;
    const joined = new Map<string, string>();
    for (const { pair, count } of pairs) {
      if (count < enough || added.length === limit) break;
      const [first, second] = pair.split(' ') as [string, string];
      const piece = first + second.slice(CONTINUES.length);
      joined.set(pair, piece);
      if (known.has(piece)) continue;
      known.set(piece, known.size);
      added.push({ piece, parts: [first, second] });
    }
    for (const word of counted) join(word, joined);
  }
  return added;
}

/** Those that start a word, and those that go on in one, the most frequent first. */
function missingCharacters(vocabulary: ReadonlyMap<string, number>, words: ReadonlyMap<string, number>): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    let start = true;
    for (const character of word) {
      const piece = start ? character : CONTINUES + character;
      start = false;
      if (!vocabulary.has(piece)) counts.set(piece, (counts.get(piece) ?? 0) + count);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= OFTEN)
    .sort(byCount)
    .map(([piece]) => piece);
}

function segment(vocabulary: ReadonlyMap<string, number>, words: ReadonlyMap<string, number>): CountedWord[] {
  const names = [...vocabulary.keys()];
  const ids = new Map(names.map((piece, id) => [piece, id]));
  const piecesOf = wordPieces({
    vocabulary: ids,
    unknownId: -1,
    continuingPrefix: CONTINUES,
    maxWordLength: 100,
  });
  return [...words].flatMap(([word, count]) => {
    const found = piecesOf(word);
    return found.length < 2 ? [] : [{ pieces: found.map((id) => names[id]!), count }];
  });
}

function frequentPairs(words: readonly CountedWord[]): { pair: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { pieces, count } of words) {
    for (let i = 1; i < pieces.length; i += 1) {
      const pair = `${pieces[i - 1]} ${pieces[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= OFTEN)
    .sort(byCount)
    .map(([pair, count]) => ({ pair, count }));
}

function join({ pieces }: CountedWord, joined: ReadonlyMap<string, string>): void {
  let kept = 0;
  for (let i = 0; i < pieces.length; kept += 1, i += 1) {
    const piece = joined.get(`${pieces[i]} ${pieces[i + 1]}`);
    pieces[kept] = piece ?? pieces[i]!;
    if (piece !== undefined) i += 1;
  }
  pieces.length = kept;
}

/** The same corpus gives the same order: what is as frequent is told apart by its letters. */
function byCount([a, x]: readonly [string, number], [b, y]: readonly [string, number]): number {
  return y - x || (a < b ? -1 : 1);
}
