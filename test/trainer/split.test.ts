import { describe, expect, it } from 'vitest';
import { assignParts } from '../../src/trainer/split.ts';
import type { Assignable } from '../../src/trainer/split.ts';
import { townPosts } from '../pipeline/town-posts.ts';

const POSTS: Assignable[] = townPosts(200).map(({ text, polarized }, i) => ({
  // Words of its own, so that no two are copies.
  text: `${text} ${[...String(i * 7919)].map((digit) => 'abcdefghij'[Number(digit)]!.repeat(6)).join(' ')}`,
  label: polarized ? 1 : 0,
  part: null,
}));

describe('the split', () => {
  it('holds back a fifth of each label for each purpose', () => {
    const parts = assignParts(POSTS);
    for (const label of [0, 1]) {
      for (const part of ['dev', 'holdout']) {
        const share = parts.filter((each, i) => each === part && POSTS[i]!.label === label).length / 100;
        expect(share).toBeGreaterThan(0.14);
        expect(share).toBeLessThanOrEqual(0.21);
      }
    }
  });

  it('is the same in any order, and a post keeps its part when others come', () => {
    const parts = assignParts(POSTS);
    expect(assignParts(POSTS.toReversed()).toReversed()).toEqual(parts);
    const first = POSTS.slice(0, 120);
    const early = assignParts(first);
    const grown = [...first.map((post, i) => ({ ...post, part: early[i]! })), ...POSTS.slice(120)];
    expect(assignParts(grown).slice(0, 120)).toEqual(early);
  });

  it('never has copies of a post on two sides: other links, case, marks or a word more', () => {
    const copies = POSTS.slice(0, 60).flatMap((post) => [
      post,
      { ...post, text: `${post.text.toUpperCase()}!!! @URL` },
      { ...post, text: `${post.text} indeed` },
    ]);
    const parts = assignParts(copies);
    for (let i = 0; i < copies.length; i += 3) expect(new Set(parts.slice(i, i + 3)).size).toBe(1);
    const known = assignParts([
      { ...POSTS[0]!, part: 'holdout' },
      { ...POSTS[0]!, text: `@USER ${POSTS[0]!.text}` },
    ]);
    expect(known).toEqual(['holdout', 'holdout']);
  });
});
