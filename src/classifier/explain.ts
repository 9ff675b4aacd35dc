import type { Classify, Explain, Explanation, WordWeight } from '../domain/verdict.ts';

/** Pieces of a post that are left out, one at a time: longer posts are left out by several words at once. */
const MOST_PIECES = 120;

/** A change of the score below this says nothing. */
const LEAST_WEIGHT = 0.01;

/**
 * Explains by occlusion: the post is scored again without each of its words, all in one batch, through the graph and the
 * adapters that serve. The figures are exact on every device, and are what they say: how far the score falls without the
 * word. Where leaving a word out makes another adapter answer, or the language another, the two scores do not compare and the word is not listed.
 */
export function createExplain(classify: Classify): Explain {
  return async (text, community) => {
    const pieces = piecesOf(text);
    const without = pieces.map(({ start, end }) => text.slice(0, start) + text.slice(end));
    const texts = [text, ...without];
    const communities = community === undefined ? undefined : texts.map(() => community);
    const [whole, ...rest] = await classify(texts, communities);
    const words = rest.flatMap((verdict, place): WordWeight[] => {
      const alike = verdict.adapter === whole!.adapter && verdict.language === whole!.language;
      const comparable = alike || verdict.reason === 'no-text';
      const weight = whole!.score - verdict.score;
      return comparable && Math.abs(weight) >= LEAST_WEIGHT ? [{ ...pieces[place]!, weight }] : [];
    });
    return { score: whole!.score, words } satisfies Explanation;
  };
}

/** The words of a post in any script, several at a time where there are too many to try each. */
function piecesOf(text: string): { start: number; end: number }[] {
  const words: { start: number; end: number }[] = [];
  for (const { segment, index, isWordLike } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)) {
    if (isWordLike === true) words.push({ start: index, end: index + segment.length });
  }
  const size = Math.max(1, Math.ceil(words.length / MOST_PIECES));
  return Array.from({ length: Math.ceil(words.length / size) }, (_, at) => {
    const some = words.slice(at * size, (at + 1) * size);
    return { start: some[0]!.start, end: some.at(-1)!.end };
  });
}
