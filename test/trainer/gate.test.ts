import { describe, expect, it } from 'vitest';
import { compare, expectedFlags, judge } from '../../src/trainer/gate.ts';
import type { JudgedPost } from '../../src/trainer/gate.ts';
import { seeded } from '../../src/trainer/random.ts';

const SAME_COST = { before: 1, after: 1 };

/** Posts of which `before` and `after` are right in as many of a hundred. */
function posts(count: number, right: { before: number; after: number }, language = 'en', seed = 1): JudgedPost[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const label = (i % 2) as 0 | 1;
    const score = (share: number): number => {
      const isRight = random() * 100 < share;
      return isRight === (label === 1) ? 0.8 : 0.2;
    };
    return { language, label, before: score(right.before), after: score(right.after), threshold: 0.5 };
  });
}

const kinds = (refusals: { kind: string }[]): string[] => refusals.map(({ kind }) => kind);

describe('the gate', () => {
  it('lets a version pass that is better everywhere', () => {
    const sets = [
      compare('public', posts(400, { before: 70, after: 80 })),
      compare('decisions', posts(80, { before: 60, after: 80 })),
    ];
    expect(sets[0]!.change.low).toBeGreaterThan(0);
    expect(judge(sets, { posts: 1000, before: 100, after: 110, known: 80 }, SAME_COST)).toEqual([]);
  });

  it('refuses a version that moderators would find worse, by however little', () => {
    const even = posts(60, { before: 100, after: 100 });
    even[0] = { ...even[0]!, after: even[0]!.label === 1 ? 0.1 : 0.9 };
    expect(kinds(judge([compare('decisions', even)], null, SAME_COST))).toContain('f1-fell');
  });

  it('refuses a version that lost on the public holdout, and takes noise for noise', () => {
    expect(kinds(judge([compare('public', posts(600, { before: 80, after: 74 }))], null, SAME_COST))).toContain(
      'f1-fell',
    );
    const noise = posts(1000, { before: 100, after: 100 });
    noise[0] = { ...noise[0]!, after: 1 - noise[0]!.after };
    expect(kinds(judge([compare('public', noise)], null, SAME_COST))).toEqual([]);
  });

  it('refuses a version under which one language falls by more than a point while the mean rises', () => {
    const both = [...posts(300, { before: 60, after: 90 }, 'en'), ...posts(300, { before: 90, after: 70 }, 'it', 2)];
    const refusals = judge([compare('public', both)], null, SAME_COST);
    expect(refusals).toMatchObject([{ kind: 'language-fell', language: 'it' }]);
  });

  it('refuses scores that can no longer be taken at their word', () => {
    const sure = posts(200, { before: 80, after: 80 }).map((post) => ({
      ...post,
      after: post.before > 0.5 ? 0.999 : 0.001,
    }));
    expect(kinds(judge([compare('public', sure)], null, SAME_COST))).toEqual(['calibration-fell']);
  });

  it.each([
    [{ before: 100, after: 126 }, ['volume-moved']],
    [{ before: 100, after: 74 }, ['volume-moved']],
    [{ before: 100, after: 124 }, []],
    [{ before: 1, after: 3 }, []],
  ])('of flags that move by more than a quarter: %j', (volume, found) => {
    expect(kinds(judge([], { posts: 5000, known: 100, ...volume }, SAME_COST))).toEqual(found);
  });

  it('refuses a version that costs more a token', () => {
    expect(kinds(judge([], null, { before: 1, after: 2 }))).toEqual(['too-slow']);
  });

  it('tells the change of macro-F1 with an interval that covers it in about 95 of 100 draws', () => {
    // By enumeration: of labels half and half and independent errors, macro-F1 tends to the share that is right.
    const covered = Array.from({ length: 100 }, (_, seed) => {
      const { change } = compare('public', posts(300, { before: 70, after: 75 }, 'en', seed + 1));
      return change.low <= 0.05 && 0.05 <= change.high;
    }).filter(Boolean).length;
    expect(covered).toBeGreaterThanOrEqual(88);
  });
});

describe('expected flags', () => {
  it('are those of a version that shifts every score, told from scores alone', () => {
    const random = seeded(3);
    const shift = (score: number): number => 1 / (1 + Math.exp(-(Math.log(score / (1 - score)) + 0.7)));
    const past = Array.from({ length: 3000 }, () => ({ score: 0.02 + 0.9 * random(), threshold: 0.6 }));
    const known = Array.from({ length: 200 }, () => 0.02 + 0.9 * random()).map((before) => ({
      before,
      after: shift(before),
    }));
    const truth = past.filter(({ score, threshold }) => shift(score) >= threshold).length;
    const { before, after, posts: count } = expectedFlags(past, known);
    expect(count).toBe(3000);
    expect(before).toBe(past.filter(({ score }) => score >= 0.6).length);
    expect(Math.abs(after - truth) / truth).toBeLessThan(0.05);
  });

  it('are what they were where nothing is known or nothing changed', () => {
    const past = [0.2, 0.7, 0.9].map((score) => ({ score, threshold: 0.5 }));
    expect(expectedFlags(past, []).after).toBe(2);
    expect(expectedFlags(past, [{ before: 0.5, after: 0.5 }]).after).toBe(2);
  });
});
