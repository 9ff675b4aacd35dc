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
    const opinions = svmTeacher(examples, 1);
    const seenThrough = examples.filter(({ label, wrong }, i) => (opinions[i]! >= 0.5 === (label === 1)) === !wrong);
    expect(seenThrough.length).toBeGreaterThan(0.9 * examples.length);
  });

  test('has no opinion where a language has too few posts of a label', () => {
    const examples = posts(400).map((post) => ({
      ...post,
      language: post.language === 'es' && post.label ? 'it' : 'en',
    }));
    const opinions = svmTeacher(examples, 1);
    examples.forEach(({ language }, i) => expect(Number.isNaN(opinions[i])).toBe(language === 'it'));
  });
});
