import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { decisions, SVM_DEFAULTS, trainLinearSvm } from '../../src/trainer/linear-svm.ts';
import { fitTfidf, transform } from '../../src/trainer/tfidf.ts';

/** What scikit-learn computed, see make_svm.py. */
const reference = JSON.parse(readFileSync(new URL('../fixtures/svm/reference.json', import.meta.url), 'utf8')) as {
  train: { text: string; label: 0 | 1 }[];
  test: string[];
  columns: number[];
  features: [string, number][][][];
  runs: Record<'plain' | 'balanced', { intercept: number; train: number[]; test: number[] }>;
};
const texts = reference.train.map(({ text }) => text);
const labels = reference.train.map(({ label }) => label);
const tfidf = fitTfidf(texts);
const rows = transform(tfidf, texts);

describe('TF-IDF', () => {
  test('finds the n-grams that scikit-learn finds', () => {
    expect(tfidf.blocks.map(({ columns }) => columns.size)).toEqual(reference.columns);
  });

  test.each(reference.test.map((text, i) => [text, i] as const))('of %j has the values of scikit-learn', (text, i) => {
    const { indices, values } = transform(tfidf, [text]);
    const found = tfidf.blocks.map(({ columns }) => {
      const names = new Map([...columns].map(([name, column]) => [column, name]));
      return Object.fromEntries(
        [...indices].flatMap((column, k) => (names.has(column) ? [[names.get(column)!, values[k]!]] : [])),
      );
    });
    found.forEach((block, b) => {
      const expected = Object.fromEntries(reference.features[i]![b]!) as Record<string, number>;
      expect(Object.keys(block).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) expect(block[name]).toBeCloseTo(value, 12);
    });
  });
});

describe('the linear SVM', () => {
  test.each(['plain', 'balanced'] as const)('decides as LinearSVC does, class weights %s', (weights) => {
    const settings = { ...SVM_DEFAULTS, balanced: weights === 'balanced', tolerance: 1e-10, passes: 1e6 };
    const svm = trainLinearSvm(rows, labels, settings);
    const { intercept, train, test: unseen } = reference.runs[weights];
    expect(svm.bias).toBeCloseTo(intercept, 8);
    decisions(svm, rows).forEach((value, i) => expect(value).toBeCloseTo(train[i]!, 8));
    decisions(svm, transform(tfidf, reference.test)).forEach((value, i) => expect(value).toBeCloseTo(unseen[i]!, 8));
  });

  test('comes to the same plane whatever order it takes the rows in', () => {
    const [a, b] = [1, 2].map((seed) => trainLinearSvm(rows, labels, { ...SVM_DEFAULTS, tolerance: 1e-10, seed }));
    a!.weights.forEach((value, i) => expect(value).toBeCloseTo(b!.weights[i]!, 8));
  });
});
