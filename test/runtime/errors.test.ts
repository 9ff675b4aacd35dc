import { expect, test } from 'vitest';
import { messageOf } from '../../src/runtime/errors.ts';

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
