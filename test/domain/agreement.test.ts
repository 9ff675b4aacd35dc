import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { krippendorffAlpha } from '../../src/domain/agreement.ts';

test('alpha is Krippendorff’s own of his example of four observers, twelve units and missing values: 0.743', () => {
  const observers = ['123321412...', '1233224125.3', '.3332342251.', '12332441251.'];
  const units = Array.from({ length: 12 }, (_, at) =>
    observers.map((row) => row[at]!).filter((value) => value !== '.'),
  );
  expect(krippendorffAlpha(units)).toBeCloseTo(0.743, 3);
});

test('alpha is that of the package krippendorff on answers of five moderators', () => {
  const url = new URL('../fixtures/dawid-skene/reference.json', import.meta.url);
  const { votes, alpha } = JSON.parse(readFileSync(url, 'utf8')) as {
    votes: [number, number, number][];
    alpha: number;
  };
  const units = [...Map.groupBy(votes, ([post]) => post).values()].map((some) =>
    some.map(([, , said]) => String(said)),
  );
  expect(krippendorffAlpha(units)).toBeCloseTo(alpha, 10);
});

test('there is no alpha where no two answers can be compared, or all are the same', () => {
  expect(krippendorffAlpha([])).toBeNull();
  expect(krippendorffAlpha([['polarized'], ['not_polarized']])).toBeNull();
  expect(krippendorffAlpha([['polarized', 'polarized'], ['polarized']])).toBeNull();
});

test('alpha is 1 where all agree and below 0 where they contradict each other', () => {
  expect(
    krippendorffAlpha([
      ['a', 'a'],
      ['b', 'b', 'b'],
    ]),
  ).toBe(1);
  expect(
    krippendorffAlpha([
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
    ]),
  ).toBeLessThan(0);
});
