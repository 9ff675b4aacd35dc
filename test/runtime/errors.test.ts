import { expect, test } from 'vitest';
import { messageOf, placesOf, reasonOf } from '../../src/runtime/errors.ts';

test('a statement that failed is told by what the database said, without its parameters', () => {
  const said = new Error('relation "posts" does not exist');
  const failed = new Error('Failed query: select $1\nparams: a private word', { cause: said });
  expect(messageOf(failed)).toBe('relation "posts" does not exist');
  expect(messageOf(new Error('Failed query: select $1\nparams: a private word'))).toBe('a statement failed');
});

test('anything thrown has a message', () => {
  expect(messageOf({ message: 'a copy of an error' })).toBe('a copy of an error');
  expect(messageOf(new AggregateError([new Error('refused'), new Error('timed out')]))).toBe('refused; timed out');
  expect(messageOf('thrown as it is')).toBe('thrown as it is');
});

test('what a log says of a mistake of ours quotes no value, and says where it is', () => {
  let thrown: unknown;
  try {
    BigInt('a private word');
  } catch (error) {
    thrown = error;
  }
  expect(messageOf(thrown)).toContain('a private word');
  expect(reasonOf(thrown)).toMatch(/^SyntaxError at .*errors\.test\.ts:\d+:\d+/);
  expect(placesOf(thrown as Error).join()).not.toContain('a private word');
  expect(reasonOf(new Error('a sentence of ours'))).toBe('a sentence of ours');
});
