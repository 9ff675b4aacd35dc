import { expect, test } from 'vitest';
import { UNKNOWN_RELIABILITY } from '../../src/domain/consensus.ts';
import { decide } from '../../src/domain/decision.ts';
import type { WeighedAnswer } from '../../src/domain/decision.ts';
import { influenceOf } from '../../src/domain/influence.ts';

const said = (answer: WeighedAnswer['answer'], accuracy = 0.8, weight = 1): WeighedAnswer => ({
  answer,
  reliability: { sensitivity: accuracy, specificity: accuracy },
  weight,
});
const YES = said('polarized');
const NO = said('not_polarized');

test('one moderator’s click decides at once, whoever it is, and so do many who agree', () => {
  expect(decide([YES])).toBe('polarized');
  expect(decide([said('not_polarized', 0.5)])).toBe('not_polarized');
  expect(decide([NO, said('unsure'), NO])).toBe('not_polarized');
});

test('nothing is decided by nobody, by the unsure, or by answers that were set aside', () => {
  expect(decide([])).toBe('undecided');
  expect(decide([said('unsure'), said('unsure')])).toBe('undecided');
  expect(decide([said('polarized', 0.9, 0)])).toBe('undecided');
});

test('two who disagree wait for a third, however good one of them is', () => {
  expect(decide([said('polarized', 0.99), said('not_polarized', 0.6)])).toBe('undecided');
});

test('where all are alike the majority decides, of any number', () => {
  expect(decide([YES, YES, NO])).toBe('polarized');
  expect(decide([YES, NO, NO])).toBe('not_polarized');
  expect(decide([YES, YES, NO, NO])).toBe('undecided');
  const many = Array.from({ length: 12 }, () => YES);
  expect(decide([...many, NO, ...many.map(() => NO)])).toBe('not_polarized');
});

test('an answer that holds up outweighs two that do not, and none counts against what it says', () => {
  expect(decide([said('polarized', 0.95), said('not_polarized', 0.55), said('not_polarized', 0.5)])).toBe('polarized');
  expect(decide([said('polarized', 0.1), YES, NO])).toBe('undecided');
  expect(decide([said('polarized', 0.1), said('not_polarized', 0.5), NO])).toBe('not_polarized');
  expect(UNKNOWN_RELIABILITY).toEqual(YES.reliability);
});

test('beyond a hundred answers a week nobody outweighs all others together', () => {
  expect(influenceOf(100, 0)).toBe(1);
  expect(influenceOf(400, 0)).toBe(0.25);
  expect(influenceOf(400, 300)).toBe(0.75);
  expect(influenceOf(400, 500)).toBe(1);
});
