import { permutation, type Random } from './random.ts';

/** Where a post is cut, as a part of its length. */
const EARLIEST = 0.3;
const LATEST = 0.7;
/** A text of fewer words is cut between characters: Chinese, Burmese and Khmer have no spaces between words. */
const FEWEST_WORDS = 4;

/**
 * Posts that no one wrote: the beginning of one text and the end of another, `times` as many as there are texts. They hold
 * the words that real ones hold, in other company: material for a student to learn from a teacher who judges by words
 * (as the augmented texts of TinyBERT, Jiao et al. 2020, and of Tang et al. 2019, "Distilling task-specific knowledge").
 */
export function splicedPosts(texts: readonly string[], times: number, random: Random): string[] {
  const posts: string[] = [];
  for (let left = Math.round(times * texts.length); left > 0; left -= texts.length) {
    const firsts = permutation(texts.length, random);
    const seconds = permutation(texts.length, random);
    for (let i = 0; i < Math.min(left, texts.length); i += 1) {
      const at = EARLIEST + (LATEST - EARLIEST) * random();
      posts.push(beginning(texts[firsts[i]!]!, at) + end(texts[seconds[i]!]!, at));
    }
  }
  return posts;
}

function beginning(text: string, part: number): string {
  return text.slice(0, cut(text, part));
}

function end(text: string, part: number): string {
  return text.slice(cut(text, part));
}

/** A place between two words, or two characters, about there. */
function cut(text: string, part: number): number {
  const starts = [...text.matchAll(/(?<=\s)\S/gu)].map(({ index }) => index);
  if (starts.length + 1 >= FEWEST_WORDS)
    return starts[Math.min(starts.length - 1, Math.floor(part * (starts.length + 1)))]!;
  const characters = [...text];
  return characters.slice(0, Math.round(part * characters.length)).join('').length;
}
