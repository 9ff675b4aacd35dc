import { describe, expect, test } from 'vitest';

import { seeded } from '../../src/trainer/random.ts';
import { svmTeacher } from '../../src/trainer/svm-teacher.ts';

/** Posts in two languages that one word decides, of which every tenth has the wrong label. */
function posts(count: number) {
  const random = seeded(7);
  const words = 'road house market town village neighbour morning evening'.split(' ');
  return Array.from({ length: count }, (_, i) => {
    const truth = random() < 0.3 ? 1 : 0;
    const wrong = i % 10 === 0;
    const rest = Array.from({ length: 6 }, () => words[Math.floor(random() * words.length)]).join(' ');
    const label = (wrong ? 1 - truth : truth) as 0 | 1;
    return {
      text: `${rest} ${truth === 1 ? 'enemies' : 'friends'}`,
      label,
      language: i % 2 === 0 ? 'en' : 'es',
      wrong,
    };
  });
}

describe('the teacher', () => {
  test('contradicts labels that the words do not bear out, having seen none of them', () => {
    const examples = posts(400);
    const { opinions } = svmTeacher(examples, { seed: 1 });
    const seenThrough = examples.filter(({ label, wrong }, i) => (opinions[i]! >= 0.5 === (label === 1)) === !wrong);
    expect(seenThrough.length).toBeGreaterThan(0.9 * examples.length);
  });

  test('has no opinion where a language has too few posts of a label', () => {
    const examples = posts(400).map((post) => ({
      ...post,
      language: post.language === 'es' && post.label ? 'it' : 'en',
    }));
    const { opinions } = svmTeacher(examples, { seed: 1 });
    examples.forEach(({ language }, i) => expect(Number.isNaN(opinions[i])).toBe(language === 'it'));
  });

  test('judges posts made of two others, and posts that no one has labelled, by the words that decide', () => {
    const unlabelled = Array.from({ length: 500 }, (_, i) => ({
      text: `a quiet evening on the road with ${i % 3 === 0 ? 'enemies' : 'friends'} ${i}`,
      language: i % 2 === 0 ? 'en' : 'it',
    }));
    const { judged } = svmTeacher(posts(400), { seed: 1, spliced: 2, unlabelled });
    const made = judged.filter(({ text }) => !text.startsWith('a quiet evening'));
    const found = judged.filter(({ text }) => text.startsWith('a quiet evening'));
    expect(made.length).toBe(800);
    // As many as the language has examples, of 250; Italian has none to learn from.
    expect(found.map(({ language }) => language)).toEqual(new Array(200).fill('en'));
    expect(new Set(found.map(({ text }) => text)).size).toBe(200);
    const decided = [...found, ...made].filter(({ text }) => text.includes('enemies') !== text.includes('friends'));
    const right = decided.filter(({ text, opinion }) => opinion >= 0.5 === text.includes('enemies'));
    expect(right.length).toBeGreaterThan(0.95 * decided.length);
  });
});
